"""An engine as the core calls it. What it promises is all that the states rely on; tests have one of their own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from aiges_native import Engine, Executor

    class Port(Protocol):
        """Every function begins a call and returns at once; ``done`` is told its end on the loop's thread, once."""

        def exec(self, request: Request, deadline: float, done: Callable[[Any], None]) -> Call: ...
        def exec_async(
            self, request: Request, deadline: float, done: Callable[[Any], None], on_piece: Callable[[Any, int], None]
        ) -> OpenStream: ...
        def create(
            self,
            request: Request,
            deadline: float | None,
            done: Callable[[Any], None],
            on_piece: Callable[[Any, int], None] | None,
        ) -> Cancellable: ...
        def write(self, stream: Any, nodes: list[Any], done: Callable[[Any], None]) -> object: ...
        def read(self, stream: Any, done: Callable[[Any], None]) -> object: ...
        def destroy(self, stream: Any, done: Callable[[Any], None]) -> object: ...
        def replace_thread(self) -> None: ...

    class Cancellable(Protocol):
        """A call on its way."""

        def cancel(self) -> bool: ...

    class Call(Cancellable, Protocol):
        """A call whose times are known."""

        @property
        def began_ns(self) -> int: ...
        @property
        def ended_ns(self) -> int: ...

    class OpenStream(Cancellable, Protocol):
        """Results on their way."""

        def shut(self) -> None: ...
        def taken(self, size: int) -> None: ...
        @property
        def overflowed(self) -> bool: ...


class Request:
    """What the core needs of a request. ``params``: str to str, with ``sid``; ``nodes``: list of DataListNode; ``sid``
    names it everywhere, also to the engine as its user tag."""

    __slots__ = ("nodes", "params", "sid")

    def __init__(self, sid: str, params: dict[str, str], nodes: list[Any]) -> None:
        self.sid = sid
        self.params = params
        self.nodes = nodes


class EnginePort:
    """An engine in this process, behind an executor."""

    def __init__(self, engine: Engine, executor: Executor, *, most_pieces: int, most_bytes: int, callback_wait: float):
        """``most_pieces``, ``most_bytes``: output of a session that may wait for its client; ``callback_wait``: seconds
        that the engine then waits for room."""
        self.engine = engine
        self._executor = executor
        self._bounds: dict[str, Any] = {
            "most_pieces": most_pieces,
            "most_bytes": most_bytes,
            "wait_ms": int(callback_wait * 1000),
        }

    def exec(self, request: Request, deadline: float, done: Callable[[Any], None]) -> Call:
        """``wrapperExec``; ``deadline``: seconds left."""
        return self._executor.exec(
            self.engine, done, request.nodes, request.params, usr_tag=request.sid, deadline=deadline
        )

    def exec_async(
        self, request: Request, deadline: float, done: Callable[[Any], None], on_piece: Callable[[Any, int], None]
    ) -> OpenStream:
        """``wrapperExecAsync``."""
        return self._executor.exec_async(
            self.engine,
            done,
            on_piece,
            request.nodes,
            request.params,
            usr_tag=request.sid,
            deadline=deadline,
            **self._bounds,
        )

    def create(
        self,
        request: Request,
        deadline: float | None,
        done: Callable[[Any], None],
        on_piece: Callable[[Any, int], None] | None,
    ) -> Cancellable:
        """``wrapperCreate``; ``done`` gets what the other functions take as ``stream``."""
        return self._executor.create(
            self.engine, done, on_piece, request.params, usr_tag=request.sid, deadline=deadline, **self._bounds
        )

    def write(self, stream: Any, nodes: list[Any], done: Callable[[Any], None]) -> Cancellable:
        """``wrapperWrite``."""
        return self._executor.write(stream, done, nodes)

    def read(self, stream: Any, done: Callable[[Any], None]) -> Cancellable:
        """``wrapperRead``."""
        return self._executor.read(stream, done)

    def destroy(self, stream: Any, done: Callable[[Any], None]) -> Cancellable:
        """``wrapperDestroy``."""
        return self._executor.destroy(stream, done)

    def replace_thread(self) -> None:
        """A call is lost with its thread: another one takes its place."""
        self._executor.grow()
