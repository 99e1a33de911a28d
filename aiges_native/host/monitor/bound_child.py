"""Run as a script: becomes the command in its arguments, in a process group of its own, and dies with its parent.

The bond is made here, in the process that becomes the command, because a process can make it only for itself; it
outlasts exec. ``bound_child.py PARENT COMMAND...``
"""

from __future__ import annotations

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
EXIT_NOT_STARTED = 127


def main(parent: int, command: list[str]) -> int:
    """Does not return if all goes well."""
    os.setpgid(0, 0)
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass  # the supervisor still ends it, unless it is killed itself
    if os.getppid() != parent:  # it ended before the bond was made
        return EXIT_NOT_STARTED
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"aiges-native: cannot start {command[0]!r}: {error.strerror}", file=sys.stderr)
    return EXIT_NOT_STARTED


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
