"""The base class of wrappers. None is required: it brings the defaults, the schema and the local run."""

from __future__ import annotations

from aiges_native._native.response import Response
from aiges_native.sdk.fields import Mappings, collect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypeVar

    from aiges_native._native.node import DataListCls
    from aiges_native._native.response import SessionCreateResponse
    from aiges_native.sdk.runner import RunResult
    from aiges_native.sdk.sessions import SessionManager

    Method = TypeVar("Method", bound=Callable[..., Any])


def _only_declared(method: Method) -> Method:
    """Marks a method that the loader takes for missing unless a subclass defines it."""
    method.__aiges_missing__ = True  # type: ignore[attr-defined]
    return method


class WrapperBase:
    """What a service author subclasses as ``Wrapper`` in ``wrapper.py``.

    A subclass names its service and its fields in class attributes and defines the methods it needs::

        class Wrapper(WrapperBase):
            serviceId = "upper"
            version = "v1"
            requestCls = UserRequest()
            responseCls = UserResponse()

            def wrapperOnceExec(self, params, reqData): ...

    Methods run on threads of the host, several at a time on one object. Older orders and numbers of parameters are
    recognised by name. What is not defined counts as in :mod:`include/aiges/wrapper.h`: Init, Fini, Write, Destroy,
    LoadRes and UnloadRes succeed, Read has nothing yet, the others fail with METHOD_MISSING.
    """

    #: Config of local runs: str to str. A host's own config, and ``aiges.toml``, come first in a service.
    config: dict[str, Any] = {}
    #: Class or object whose attributes are the inputs and params of a request; None: not declared.
    requestCls: Any = None
    #: Class or object whose attributes are the outputs; None: not declared.
    responseCls: Any = None

    legacy: bool = True
    is_aipaas: bool = True
    keep_schema_default_value: bool = True

    def __init__(self, legacy: bool = True, is_aipaas: bool = True, keep_schema_default_value: bool = True) -> None:
        """``legacy``: which of the two schemas :meth:`schema` gives; the others shape :meth:`schema_v2`."""
        self.legacy = legacy
        self.is_aipaas = is_aipaas
        self.keep_schema_default_value = keep_schema_default_value

    # ---- What a host calls ------------------------------------------------------------------------------------------

    @_only_declared
    def wrapperInit(self, config: dict[str, str]) -> int:
        """Starts the wrapper: loads models, makes pools. ``config``: str to str; a decimal number computes as one too.
        Returns 0, or a code that ends the start."""
        return 0

    @_only_declared
    def wrapperFini(self) -> int:
        """Stops the wrapper. Pools of ``self.session`` end after it returned. Returns 0 or a code."""
        return 0

    @_only_declared
    def wrapperError(self, ret: int) -> str:
        """The text for one of the wrapper's own codes; ``""`` gives the caller a general one."""
        return ""

    @_only_declared
    def wrapperOnceExec(
        self, params: dict[str, Any], reqData: DataListCls, usrTag: str | None = "", persId: int = 0
    ) -> Response:
        """Answers one request.

        ``params``: fresh dict of str, with ``"sid"``. ``reqData``: the request's nodes, ``reqData.get("key").data``.
        ``persId``: a loaded resource. Returns a :class:`Response` with items, or an int other than 0: a failure.
        """
        raise NotImplementedError("define wrapperOnceExec(self, params, reqData)")

    @_only_declared
    def wrapperOnceExecAsync(
        self, params: dict[str, Any], reqData: DataListCls, usrTag: str | None = "", persId: int = 0
    ) -> int:
        """Begins to answer one request; results go through ``callback(response, usrTag)``. Returns 0 or a code."""
        raise NotImplementedError("define wrapperOnceExecAsync(self, params, reqData, usrTag)")

    @_only_declared
    def wrapperCreate(
        self, params: dict[str, Any], sid: str, persId: int = 0, usrTag: str | None = ""
    ) -> SessionCreateResponse:
        """Opens a session. Returns a :class:`SessionCreateResponse` with the wrapper's own handle, or a code in it."""
        raise NotImplementedError("define wrapperCreate(self, params, sid)")

    @_only_declared
    def wrapperWrite(self, handle: str, req: DataListCls) -> int:
        """Takes a piece of the session's input; its nodes have a status: begin, continue, end. Returns 0 or a code."""
        return 0

    @_only_declared
    def wrapperRead(self, handle: str) -> Response:
        """What is ready: a :class:`Response`; one without items: nothing yet."""
        return Response()

    def wrapperDestroy(self, handle: str) -> int:
        """Ends a session. This one gives the handle back to the pool of ``self.session``. Returns 0 or a code."""
        manager = self.__dict__.get("_session")
        if manager is not None:
            manager.push_back(handle)
        return 0

    @_only_declared
    def wrapperLoadRes(self, reqData: DataListCls, resId: str) -> int:
        """Loads a personalised resource: ``reqData`` has its bytes. Returns 0 or a code."""
        return 0

    @_only_declared
    def wrapperUnloadRes(self, resId: str) -> int:
        """Forgets a resource. Returns 0 or a code."""
        return 0

    @_only_declared
    def wrapperTestFunc(self, data: Any, respData: Any) -> None:
        """Kept for wrappers that define it; never called."""

    # ---- What a wrapper uses ----------------------------------------------------------------------------------------

    @property
    def session(self) -> SessionManager:
        """The wrapper's pool of session workers, made on first use."""
        manager: SessionManager | None = self.__dict__.get("_session")
        if manager is None:
            from aiges_native.sdk.sessions import SessionManager

            manager = self.__dict__.setdefault("_session", SessionManager())
        return manager

    @session.setter
    def session(self, manager: SessionManager) -> None:
        self.__dict__["_session"] = manager

    def response_err(self, code: int) -> Response:
        """A response that fails with ``code``."""
        return Response().response_err(code)

    # ---- Declarations and schema ------------------------------------------------------------------------------------

    #: The declared fields by key: ``inputs``, ``accepts``, ``params``.
    __mappings__ = Mappings()

    @property
    def inputs_test_values(self) -> dict[str, bytes]:
        """The inputs' test values by key. FileNotFoundError when a test file is missing."""
        return {field.key: field.test_value for field in collect(self).inputs}

    @property
    def params_test_values(self) -> dict[str, Any]:
        """The params' test values by key."""
        return {field.key: field.test_value for field in collect(self).params}

    def schema(self) -> str:
        """The service's schema as JSON: :meth:`schema_legacy` when ``self.legacy``, else :meth:`schema_v2`."""
        return self.schema_legacy() if self.legacy else self.schema_v2()

    def schema_legacy(self) -> str:
        """The schema in the form of AIGES 0.x (str, JSON). ValueError without ``serviceId``."""
        from aiges_native.sdk.schema import legacy_text

        return legacy_text(self)

    def schema_v2(self) -> str:
        """The schema with the declared constraints (str, JSON). ValueError without ``serviceId``."""
        from aiges_native.sdk.schema import v2_text

        return v2_text(self)

    def openapi(self) -> dict[str, Any]:
        """An OpenAPI 3.0.3 document of the service over HTTP, as a dict. ValueError without ``serviceId``."""
        from aiges_native.sdk.schema import openapi

        return openapi(self)

    # ---- Local run --------------------------------------------------------------------------------------------------

    def run(self, stream: bool = False, *, mode: str | None = None, **options: Any) -> RunResult:
        """Runs the wrapper in this process as a host would, on the test values of its fields, and prints what happens.

        ``mode``: once, async, stream, or read (a stream whose results are fetched); without it the methods decide.
        Options: ``config``, ``params``, ``inputs`` (dicts), ``frames`` (writes of a stream), ``timeout`` (seconds),
        ``res`` (file of a resource) and ``res_id``, ``save`` (folder for results), ``debug`` (calls on this thread,
        without a time limit, and a debugger where it fails), ``check``.

        Returns a :class:`RunResult`. A failure ends the program with SystemExit(1), wrong usage with 2; with
        ``check=False`` it returns.
        """
        from aiges_native.sdk.runner import choose_mode, usage_errors_end

        with usage_errors_end(options.get("check", True)):
            chosen = choose_mode(self, "stream" if stream and mode is None else mode)
        if chosen == "once":
            return self.run_once(**options)
        if chosen == "async":
            return self.run_async(**options)
        if chosen == "read":
            options["mode"] = "read"
        return self.run_stream(**options)

    def run_once(self, **options: Any) -> RunResult:
        """:meth:`run` through ``wrapperOnceExec``."""
        from aiges_native.sdk.runner import run_wrapper

        return run_wrapper(self, "once", **options)

    def run_async(self, **options: Any) -> RunResult:
        """:meth:`run` through ``wrapperOnceExecAsync``."""
        from aiges_native.sdk.runner import run_wrapper

        return run_wrapper(self, "async", **options)

    def run_stream(self, **options: Any) -> RunResult:
        """:meth:`run` through a session; ``mode="read"``: results are fetched with ``wrapperRead``."""
        from aiges_native.sdk.runner import run_wrapper

        return run_wrapper(self, options.pop("mode", "stream"), **options)

    def check_resp(self, response: Any) -> bool:
        """Whether a once response is what ``responseCls`` declares; each finding is one line in the log ``aiges``."""
        from aiges_native.sdk.logs import log
        from aiges_native.sdk.runner import Judge

        judge = Judge(self, stream=False)
        judge.response(response)
        for text in judge.warnings:
            log.warning(text)
        for text in judge.errors:
            log.error(text)
        return not judge.errors

    def printPythonInfo(self) -> None:
        """Prints the Python that runs the wrapper."""
        import sys

        print(f"Python {sys.version.split()[0]}, {sys.executable}")

    def gradio(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not offered."""
        raise NotImplementedError("there is no gradio page here; call the wrapper with 'aiges-native run'")
