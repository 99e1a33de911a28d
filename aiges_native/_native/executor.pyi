from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any, NoReturn, final

from typing_extensions import Self

from aiges_native._native.engine import Engine
from aiges_native._native.host_result import Result

__all__ = ["Call", "Executor", "Stream"]

@final
class Call:
    def __init__(self, *args: Any, **keywords: Any) -> NoReturn: ...
    @property
    def began_ns(self) -> int: ...
    @property
    def ended_ns(self) -> int: ...
    def cancel(self) -> bool: ...

@final
class Stream:
    def __init__(self, *args: Any, **keywords: Any) -> NoReturn: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def overflowed(self) -> bool: ...
    def taken(self, size: int) -> None: ...
    def cancel(self) -> bool: ...
    def shut(self) -> None: ...

@final
class Executor:
    def __new__(cls, threads: int, loop: AbstractEventLoop | None = None) -> Self: ...
    @property
    def pending(self) -> int: ...
    @property
    def running(self) -> int: ...
    def fileno(self) -> int: ...
    def grow(self) -> None: ...
    def close(self) -> None: ...
    def drain(self) -> int: ...
    def end_turn(self) -> None: ...
    def look_again(self) -> None: ...
    def exec(
        self,
        engine: Engine,
        done: Callable[[Result | BaseException], object],
        data: Any = None,
        params: dict[str, Any] | None = None,
        *,
        usr_tag: str | None = None,
        psr_ids: list[int] | tuple[int, ...] | None = None,
        deadline: float | None = None,
    ) -> Call: ...
    def exec_async(
        self,
        engine: Engine,
        done: Callable[[BaseException | None], object],
        on_piece: Callable[[Result | BaseException, int], object],
        data: Any = None,
        params: dict[str, Any] | None = None,
        *,
        usr_tag: str,
        psr_ids: list[int] | tuple[int, ...] | None = None,
        deadline: float | None = None,
        most_pieces: int = 1024,
        most_bytes: int = 33554432,
        wait_ms: int = 5000,
    ) -> Stream: ...
    def create(
        self,
        engine: Engine,
        done: Callable[[Stream | BaseException], object],
        on_piece: Callable[[Result | BaseException, int], object] | None = None,
        params: dict[str, Any] | None = None,
        *,
        usr_tag: str | None = None,
        psr_ids: list[int] | tuple[int, ...] | None = None,
        deadline: float | None = None,
        most_pieces: int = 1024,
        most_bytes: int = 33554432,
        wait_ms: int = 5000,
    ) -> Call: ...
    def write(
        self, stream: Stream, done: Callable[[BaseException | None], object], data: Any, *, status: int = 0
    ) -> Call: ...
    def read(self, stream: Stream, done: Callable[[Result | BaseException], object]) -> Call: ...
    def destroy(self, stream: Stream, done: Callable[[BaseException | None], object]) -> Call: ...
