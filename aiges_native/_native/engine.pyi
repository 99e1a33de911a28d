import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, NoReturn, TypeAlias, final, overload

from typing_extensions import Buffer, Self

from aiges_native._native.host_result import Result, ResultNode

__all__ = ["Engine", "Session", "open", "stats_fd"]

_Path: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]
_Item: TypeAlias = Buffer | str
_Data: TypeAlias = _Item | list[Any] | tuple[Any, ...] | dict[str, Any]
_Params: TypeAlias = dict[str, Any]  # str, bytes, int, float or bool
_OnResult: TypeAlias = Callable[[Result | Exception], object]

def open(
    path: _Path,
    config: _Params | None = None,
    *,
    search_path: _Path | Iterable[_Path] | None = None,
    python_library: _Path | None = None,
) -> Engine: ...
def stats_fd() -> int: ...

@final
class Engine:
    def __init__(self, *args: Any, **keywords: Any) -> NoReturn: ...
    @property
    def path(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    def exec(
        self,
        data: _Data | None = None,
        params: _Params | None = None,
        *,
        usr_tag: str | None = None,
        psr_ids: list[int] | tuple[int, ...] | None = None,
        deadline: float | None = None,
    ) -> Result: ...
    @overload
    def exec_async(
        self,
        data: _Data | None = None,
        params: _Params | None = None,
        *,
        on_result: None = None,
        usr_tag: str | None = None,
        psr_ids: list[int] | tuple[int, ...] | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> asyncio.Future[Result]: ...
    @overload
    def exec_async(
        self,
        data: _Data | None = None,
        params: _Params | None = None,
        *,
        on_result: _OnResult,
        usr_tag: str | None = None,
        psr_ids: list[int] | tuple[int, ...] | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
    ) -> None: ...
    def create(
        self,
        params: _Params | None = None,
        *,
        on_result: _OnResult | None = None,
        usr_tag: str | None = None,
        psr_ids: list[int] | tuple[int, ...] | None = None,
        deadline: float | None = None,
    ) -> Session: ...
    def load_resource(self, id: int, data: _Data) -> None: ...
    def unload_resource(self, id: int) -> None: ...
    def cancel(self, usr_tag: str) -> bool: ...
    def set_meter(self, function: Callable[[str | None, str, int], object] | None) -> None: ...
    def set_trace(self, function: Callable[[str | None, str, str], object] | None) -> None: ...
    def error(self, code: int) -> str: ...
    def stats(self) -> dict[str, Any]: ...
    def close(self, timeout: float = 10.0) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class Session:
    def __init__(self, *args: Any, **keywords: Any) -> NoReturn: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def debug_info(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    def write(self, data: _Data, *, status: int | None = None, last: bool = False) -> None: ...
    def read(self) -> Result: ...
    def cancel(self) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def __iter__(self) -> Iterator[ResultNode]: ...
    def __aiter__(self) -> AsyncIterator[ResultNode]: ...
