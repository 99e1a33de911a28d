"""The command `aiges-native`, also reached as `python -m aiges_native`.

Options of the command itself print what a C build needs. Each sub-command is a module of this package with
`configure(parser)` and `run(options)`, imported only when it is asked for. `python -m aiges` is the same program.

Exit codes: 0 done, 1 could not be done (one line on stderr: `cannot <what>: <why>; try <cure>`), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from aiges_native._native import finder

_COMMANDS = {
    "create": ("create", "make a project that runs as it is"),
    "run": ("run", "run a wrapper on its own test values"),
    "check": ("check", "look at what a wrapper declares, without starting it"),
    "serve": ("serve", "serve engines over HTTP and WebSocket"),
    "config": ("config", "show and edit aiges.toml"),
    "pack": ("pack", "put a project into one archive"),
    "demo": ("demo", "speak a sentence, hear it, and read a picture"),
    "install-wrapper": ("install_wrapper", "put libwrapper.so where a host expects it"),
    "bench": ("bench", "put an engine or a service under load"),
}


class CannotError(Exception):
    """What the user asked for cannot be done; the text is the whole message. ``exit_code`` 2: asked for wrongly."""

    def __init__(self, what: str, why: str, cure: str, exit_code: int = 1) -> None:
        super().__init__(f"cannot {what}: {why}; try {cure}")
        self.exit_code = exit_code


def main(arguments: Sequence[str] | None = None, program: str = "aiges-native") -> int:
    """Runs one command line (default: sys.argv) and returns its exit code. ``program`` is its name in usage texts."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words and words[0] in _COMMANDS:
            return _run_command(program, words[0], words[1:])
        return _print_build_facts(program, words)
    except CannotError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _run_command(program: str, name: str, words: list[str]) -> int:
    finder.install()  # another distribution may have put its own 'aiges' into this environment
    module_name, help_text = _COMMANDS[name]
    module = import_module(f"{__name__}.{module_name}")
    if hasattr(module, "run_words"):  # a command line of its own
        own: int = module.run_words(words, f"{program} {name}")
        return own
    parser = argparse.ArgumentParser(prog=f"{program} {name}", description=module.__doc__ or help_text)
    module.configure(parser)
    code: int = module.run(parser.parse_args(words))
    return code


def _print_build_facts(program: str, words: list[str]) -> int:
    from aiges_native import paths

    lib = paths.lib_dir()
    facts = {
        "version": ("version of the package", paths.__version__),
        "includes": ("compiler flags for the headers", f"-I{paths.include_dir()}"),
        "libs": ("linker flags for libaiges.so", f"-L{lib} -Wl,-rpath,{lib} -laiges"),
        "libdir": ("folder of libaiges.so and libwrapper.so", str(lib)),
        "cmakedir": ("folder of aigesConfig.cmake, for -Daiges_DIR=", str(paths.cmake_dir())),
        "pkgconfigdir": ("folder of aiges.pc, for PKG_CONFIG_PATH", str(paths.pkgconfig_dir())),
    }
    commands = "\n".join(f"  {name:18}{text}" for name, (_, text) in _COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=program,
        description="Loads AI inference engines through one C ABI. The options print what a C build needs.",
        epilog=f"commands:\n{commands}\n\nMore on one of them: {program} COMMAND --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for name, (help_text, _) in facts.items():
        parser.add_argument(f"--{name}", action="append_const", dest="asked", const=name, help=help_text)
    parser.add_argument("command", nargs="?", metavar="COMMAND", help="one of the commands below, with its own options")
    options = parser.parse_args(words)
    if options.command is not None:
        parser.error(f"no such command: {options.command!r} (there is {', '.join(_COMMANDS)})")
    if options.asked is None:
        parser.print_help(sys.stderr)
        return 2
    for name in options.asked:
        print(facts[name][1])
    return 0
