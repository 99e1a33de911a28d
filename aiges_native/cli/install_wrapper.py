"""Puts libwrapper.so into the folder where a host looks for it, usually beside wrapper.py.

A file libwrapper.python goes beside it: one line that names the Python to start, which is the one running this command.
Both are replaced in one step each, so a host that starts meanwhile sees the old or the new file, never half of one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from aiges_native import paths

from . import CannotError

LIBRARY = "libwrapper.so"
SIDECAR = "libwrapper.python"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", type=Path, help="an existing folder")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--copy", action="store_false", dest="symlink", help="copy the library (default)")
    how.add_argument("--symlink", action="store_true", help="link to it, so that it follows later upgrades")
    parser.set_defaults(symlink=False)


def run(options: argparse.Namespace) -> int:
    source = paths.lib_dir() / LIBRARY
    what = f"install {LIBRARY} into '{options.dir}'"
    if not source.is_file():
        raise CannotError(what, f"'{source}' is missing", "pip install --force-reinstall aiges-native")
    if not options.dir.is_dir():
        raise CannotError(what, "there is no such folder", f"mkdir -p '{options.dir}'")
    if not sys.executable:
        raise CannotError(what, "this Python does not know its own path", "running it by an absolute path")
    if options.dir.resolve() == source.parent.resolve():
        raise CannotError(what, "that is the package's own folder", "the folder of your wrapper.py")
    try:
        # The sidecar first: a library without it could start another Python.
        _replace(options.dir / SIDECAR, lambda new: new.write_text(f"{sys.executable}\n", encoding="utf-8"))
        if options.symlink:
            _replace(options.dir / LIBRARY, lambda new: new.symlink_to(source))
        else:
            _replace(options.dir / LIBRARY, lambda new: shutil.copy(source, new))
    except OSError as error:
        raise CannotError(what, error.strerror or str(error), "a folder you may write to") from error
    print(f"{options.dir / LIBRARY} {'->' if options.symlink else 'copied from'} {source}, Python {sys.executable}")
    return 0


def _replace(target: Path, make: Callable[[Path], object]) -> None:
    """Makes a new file under another name in the same folder, then renames it over the target."""
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        new = Path(folder) / target.name
        make(new)
        new.replace(target)
