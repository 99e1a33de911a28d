"""Where the headers, libraries and build files for C programs lie: in an installed package or in a source tree."""

from __future__ import annotations

import re
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def include_dir() -> Path:
    """The folder to pass to a C compiler with -I: it holds aiges/wrapper.h and its neighbours."""
    installed = _PACKAGE / "include"
    return installed if installed.is_dir() else _PACKAGE.parent / "include"


def lib_dir() -> Path:
    """The folder of libaiges.so and libwrapper.so."""
    return _PACKAGE / "lib"


def cmake_dir() -> Path:
    """The folder of aigesConfig.cmake: the value for CMake's aiges_DIR."""
    return lib_dir() / "cmake" / "aiges"


def pkgconfig_dir() -> Path:
    """The folder of aiges.pc: the value for PKG_CONFIG_PATH."""
    return lib_dir() / "pkgconfig"


def _read_version() -> str:
    header = (include_dir() / "aiges" / "version.h").read_text(encoding="utf-8")
    found = re.search(r'AIGES_VERSION_STRING "(.+)"', header)
    assert found is not None, "version.h names no version"
    return found[1]


__version__ = _read_version()
