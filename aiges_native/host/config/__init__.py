"""The configuration of the service: read, checked, resolved, explained.

    loaded = load("aiges.toml", service="svcName", flags={"fc.max": 8}, env=os.environ)
    loaded.config.engines["svcName"].max      # 8
    loaded.origin("fc.max")                   # "flag"

Names are imported on first use: the default file and the flags need no more than the standard library.
"""

from __future__ import annotations

from aiges_native.late_names import late_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .addresses import Address
    from .config import Config, Listen, Loaded, Row, describe
    from .default_file import default_file
    from .engine_config import EngineConfig
    from .errors import ConfigError, Finding
    from .flags import Flags, UsageError, parse
    from .load import load

_HOMES = {
    "Address": "addresses",
    "Config": "config",
    "ConfigError": "errors",
    "EngineConfig": "engine_config",
    "Finding": "errors",
    "Flags": "flags",
    "Listen": "config",
    "Loaded": "config",
    "Row": "config",
    "UsageError": "flags",
    "default_file": "default_file",
    "describe": "config",
    "load": "load",
    "parse": "flags",
}

__all__ = [
    "Address",
    "Config",
    "ConfigError",
    "EngineConfig",
    "Finding",
    "Flags",
    "Listen",
    "Loaded",
    "Row",
    "UsageError",
    "default_file",
    "describe",
    "load",
    "parse",
]

__getattr__, __dir__ = late_names(__name__, _HOMES)
