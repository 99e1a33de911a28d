"""The monitor's process: started by a host for itself, or by a person to supervise one."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys

from .board import Board
from .channel import inherited_channel
from .listening import address_of, listen_on
from .server import serve
from .watch import watch_end

EXIT_PORT_IN_USE = 71


def main(arguments: list[str] | None = None) -> int:
    """Runs the monitor until its host has ended; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.supervise:
        return _supervise(options)
    if min(options.listen_fd, options.channel, options.pid) < 0:
        _parser().error("without --supervise a monitor is started by its host, which gives --listen-fd and the like")
    return _attend(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aiges_native.host.monitor", description="Serves the health and the metrics of a host."
    )
    parser.add_argument("--supervise", action="store_true", help="start the host, and start it again when it dies")
    parser.add_argument("--listen", default="127.0.0.1:1889", metavar="ADDRESS:PORT", help="with --supervise: where")
    parser.add_argument("--stop-timeout", type=float, default=35.0, metavar="SECONDS", help="until a host is killed")
    parser.add_argument("--listen-fd", type=int, default=-1, help=argparse.SUPPRESS)
    parser.add_argument("--channel", type=int, default=-1, help=argparse.SUPPRESS)
    parser.add_argument("--pid", type=int, default=-1, help=argparse.SUPPRESS)
    parser.add_argument("--pidfd", type=int, default=-1, help=argparse.SUPPRESS)
    parser.add_argument("command", nargs="*", help="with --supervise: the host's command, after --")
    return parser


def _attend(options: argparse.Namespace) -> int:
    # What ends the host (a service manager, Ctrl-C in its terminal) is for the host to act on: until it has ended,
    # somebody must say that it drains.
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return asyncio.run(_attend_host(options))


async def _attend_host(options: argparse.Namespace) -> int:
    loop, over, board = asyncio.get_running_loop(), asyncio.Event(), Board()
    board.host_started(options.pid)
    channel = inherited_channel(options.channel)
    watch_end(loop, options.pid, options.pidfd, over.set)
    board.follow(loop, channel, over.set)
    listener = socket.socket(fileno=options.listen_fd)
    await serve(board, listener)
    with contextlib.suppress(ConnectionError):
        channel.send({"serving": address_of(listener)})
    gc.freeze()
    await over.wait()
    return 0


def _supervise(options: argparse.Namespace) -> int:
    from .supervise import supervise

    if not options.command:
        _parser().error("--supervise needs the command of a host, after --")
    try:
        listener = listen_on(options.listen)
    except ValueError as error:
        _parser().error(f"--listen: {error}")
    except OSError as error:
        print(f"aiges-native: cannot listen on {options.listen!r}: {os.strerror(error.errno or 0)}", file=sys.stderr)
        return EXIT_PORT_IN_USE
    return asyncio.run(supervise(listener, options.command, options.stop_timeout))
