"""Makes a folder with everything a service needs: code, test, settings, README. It runs as it is."""

from __future__ import annotations

import argparse
from pathlib import Path

from aiges_native.project import ProjectError
from aiges_native.project.create import TEMPLATES_BY_NAME, create

from . import CannotError

_NEXT = {
    "c-engine": "pip install -r requirements.txt pytest && make && pytest",
    "": "pip install -r requirements.txt pytest && python wrapper/wrapper.py && pytest",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "templates:\n" + "\n".join(f"  {name:10}{kind.about}" for name, kind in TEMPLATES_BY_NAME.items())
    parser.add_argument("-n", "--name", metavar="NAME", required=True, help="of the folder, and of the service")
    parser.add_argument("-p", "--path", metavar="DIR", type=Path, default=Path(), help="where (default: here)")
    parser.add_argument("--template", choices=list(TEMPLATES_BY_NAME), default="once", help="default: %(default)s")
    parser.add_argument("--force", action="store_true", help="replace files in a folder that is not empty")


def run(options: argparse.Namespace) -> int:
    try:
        made = create(options.name, options.path, options.template, force=options.force)
    except ProjectError as error:
        raise CannotError(error.what, error.why, error.cure, exit_code=2) from error
    print(f"created '{options.path / options.name}' from template '{options.template}':")
    for path in made:
        print(f"  {path.relative_to(options.path / options.name)}")
    print(f"next, in it: {_NEXT.get(options.template, _NEXT[''])}")
    return 0
