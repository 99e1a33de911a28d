"""``python -m aiges_native.host.monitor``"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    # asyncio does without it, nothing here is encrypted, and it would be a fifth of this process's memory.
    sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]
    from .process import main

    sys.exit(main())
