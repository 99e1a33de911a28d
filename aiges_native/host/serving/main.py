"""From a command line to an exit code."""

from __future__ import annotations

import asyncio
import errno
import faulthandler
import os
import socket
import sys
from pathlib import Path

from msgspec import structs

from aiges_native.host.config import Config, ConfigError, UsageError, default_file, load, parse
from aiges_native.host.config.flags import version_text
from aiges_native.host.serving.discovery import engines_in, library_folders
from aiges_native.host.serving.safety import problem_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from aiges_native.host.config import EngineConfig, Flags

USAGE, NO_ENGINE, PORT_IN_USE, BAD_CONFIG = 2, 69, 71, 78


def main(argv: Sequence[str] | None = None, program: str = "aiges-native serve") -> int:
    """Runs the service; its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        flags = parse(words, program)
    except UsageError as error:
        print(str(error).rstrip(), file=sys.stderr)
        return USAGE
    for warning in flags.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if flags.action == "version":
        print(version_text())
        return 0
    if flags.action == "init":
        return _write_default()
    return _serve(flags, words)


def old_main() -> int:
    """The command ``AIservice``."""
    return main(program="AIservice")


def _write_default() -> int:
    path = Path("aiges.toml")
    if not path.exists():
        path.write_text(default_file(), encoding="utf-8")
        print(f"wrote {path}")
    return 0


def _serve(flags: Flags, words: list[str]) -> int:
    try:
        loaded = load(
            flags.config_file(), service=flags.service, flags=flags.settings, env=os.environ, strict=flags.strict
        )
    except ConfigError as error:
        print(error, file=sys.stderr)
        return BAD_CONFIG
    for finding in loaded.findings:
        print(f"warning: {finding.text}", file=sys.stderr)
    problem = problem_of(loaded.config)
    if problem is not None:
        print(f"cannot serve: {problem}", file=sys.stderr)
        return BAD_CONFIG
    config = structs.replace(loaded.config, engines=_chosen(flags, loaded.config))
    if not config.engines:
        print(
            "cannot serve: there is no engine; try aiges-native serve PATH, or put one into library/", file=sys.stderr
        )
        return NO_ENGINE
    if flags.supervise:
        _supervise(config, [word for word in words if word != "--supervise"])
    try:
        listener = _bound(config)
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be bound: {error.strerror}"
        print(f"cannot serve: {config.listen.http} {why}; try --set http.listen=HOST:PORT", file=sys.stderr)
        return PORT_IN_USE
    return _run(config, listener)


def _supervise(config: Config, words: list[str]) -> NoReturn:
    """Becomes the monitor, which starts this command again as its child, as often as it dies."""
    program = [sys.executable, "-m", "aiges_native", "serve", *words]
    listen = str(config.listen.health)
    monitor = [sys.executable, "-m", "aiges_native.host.monitor", "--supervise", "--listen", listen, "--", *program]
    os.execv(sys.executable, monitor)


def _run(config: Config, listener: socket.socket) -> NoReturn:
    from aiges_native.host.serving.memory import use_few_arenas

    use_few_arenas()
    faulthandler.enable()  # an engine that crashes takes this process with it: at least it is said where
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve_and_leave(config, listener))
    else:
        uvloop.run(_serve_and_leave(config, listener))
    raise AssertionError("the process has ended")


async def _serve_and_leave(config: Config, listener: socket.socket) -> NoReturn:
    """Serves, and ends the process while the loop still runs: it would wait for threads that are lost in a call."""
    from aiges_native.host.serving.server import Host

    try:
        code = await Host(config, listener, str(config.listen.health)).run()
    except OSError as error:
        why = f"health cannot listen on {config.listen.health}: {error.strerror}"
        print(f"cannot serve: {why}; try --set health.listen=HOST:PORT", file=sys.stderr)
        code = PORT_IN_USE
    if code == NO_ENGINE:
        print("cannot serve: no engine could be started", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _bound(config: Config) -> socket.socket:
    """The listening socket of HTTP."""
    address = config.listen.http
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(2048)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _chosen(flags: Flags, config: Config) -> dict[str, EngineConfig]:
    """The engines to serve: of the command line, of ``[engines]`` or ``[engine] path``, else all of ``library/``."""
    first = next(iter(config.engines.values()))
    if flags.engines:
        shared = _shared_by(first, len(flags.engines))
        return {_name_of(path): structs.replace(shared, name=_name_of(path), path=path) for path in flags.engines}
    if len(config.engines) > 1 or first.name != config.name or first.path:
        return config.engines
    found = engines_in(library_folders())
    shared = _shared_by(first, len(found))
    return {each.name: structs.replace(shared, name=each.name, path=str(each.path)) for each in found}


def _shared_by(engine: EngineConfig, count: int) -> EngineConfig:
    """What so many engines that were found share of the configuration of one: not what only one can have."""
    only = [f"[http] {name}" for name, value in (("routes", engine.routes), ("schema", engine.schema)) if value]
    if count < 2 or not only:
        return engine
    cure = "give each engine its own in [engines.NAME]"
    print(f"warning: {' and '.join(only)}: no effect with {count} engines; {cure}", file=sys.stderr)
    return structs.replace(engine, routes=(), schema="", declared=None)


def _name_of(path: str) -> str:
    place = Path(path)
    if place.name in ("wrapper.py", "libwrapper.so"):
        name = place.resolve().parent.name
        return place.resolve().parent.parent.name if name == "wrapper" else name
    name = place.name.removesuffix(".so").removesuffix(".py").removeprefix("lib")
    return name or place.resolve().name
