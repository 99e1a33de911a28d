"""Packs a folder with a wrapper.py into one archive. The same files give the same archive, byte for byte."""

from __future__ import annotations

import argparse
from pathlib import Path

from aiges_native.project import ProjectError
from aiges_native.project.pack import pack

from . import CannotError


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-l", metavar="DIR", dest="folder", type=Path, default=Path(), help="what to pack (default: .)")
    out_help = "an archive (.tar.gz, .tgz), or the folder for pywrapper.tar.gz (default: .)"
    parser.add_argument("-o", metavar="OUT", dest="out", type=Path, default=Path(), help=out_help)


def run(options: argparse.Namespace) -> int:
    try:
        packed = pack(options.folder, options.out)
    except ProjectError as error:
        raise CannotError(error.what, error.why, error.cure) from error
    for name in packed.names:
        print(name)
    print(f"{packed.path}: {packed.size:,} bytes, SHA-256 {packed.sha256}")
    return 0
