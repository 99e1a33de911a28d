"""What a wrapper author imports: the base class, fields, data classes, constants, callbacks, sessions.

Importing it prints nothing, opens nothing, starts nothing and touches no logger. Names are imported when they are first
used; ``from aiges_native.sdk import *`` uses all of them.
"""

from __future__ import annotations

from aiges_native.late_names import late_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native._native.callback import callback, callback_metric, callback_trace, cancelled, remaining
    from aiges_native._native.node import DataListCls, DataListNode
    from aiges_native._native.response import Response, ResponseData, SessionCreateResponse, lend
    from aiges_native._native.signature import bind
    from aiges_native.errors import CallInterrupted
    from aiges_native.sdk.abilities import capabilities
    from aiges_native.sdk.checking import Finding, check
    from aiges_native.sdk.constants import (
        AUDIO,
        CALL,
        CALL_TYPE,
        HOSTS,
        IMAGE,
        PROCESS_MODE,
        ROUTEKEY,
        STRING,
        SUB,
        THREAD_MODE,
        VIDEO,
        DataAudio,
        DataBegin,
        DataContinue,
        DataEnd,
        DataImage,
        DataOnce,
        DataText,
        DataVideo,
        Once,
        Status,
        Types,
        type_map,
    )
    from aiges_native.sdk.fields import (
        AudioBodyField,
        BooleanParamField,
        Field,
        ImageBodyField,
        IntegerParamField,
        JsonBodyField,
        NumberParamField,
        ParamField,
        PayloadField,
        StringBodyField,
        StringParamField,
    )
    from aiges_native.sdk.logs import getFileLogger, getLogger, log
    from aiges_native.sdk.queues import init_rq, set_up
    from aiges_native.sdk.runner import RunResult, run
    from aiges_native.sdk.sessions import (
        Context,
        FixedPool,
        HandleThread,
        InferClass,
        ModelProcess,
        Pool,
        ReqHandleThread,
        RequestPool,
        SessionManager,
        StreamHandleThread,
        ThreadPool,
        Worker,
        WorkerThread,
    )
    from aiges_native.sdk.wrapper_base import WrapperBase

_NATIVE = "aiges_native._native."
_MODULES = {
    f"{_NATIVE}callback": ("callback", "callback_metric", "callback_trace", "cancelled", "remaining"),
    f"{_NATIVE}node": ("DataListCls", "DataListNode"),
    f"{_NATIVE}response": ("Response", "ResponseData", "SessionCreateResponse", "lend"),
    f"{_NATIVE}signature": ("bind",),
    "aiges_native.errors": ("CallInterrupted",),
    f"{__name__}.abilities": ("capabilities",),
    f"{__name__}.checking": ("Finding", "check"),
    f"{__name__}.constants": (
        "AUDIO", "CALL", "CALL_TYPE", "DataAudio", "DataBegin", "DataContinue", "DataEnd", "DataImage", "DataOnce",
        "DataText", "DataVideo", "HOSTS", "IMAGE", "Once", "PROCESS_MODE", "ROUTEKEY", "STRING", "SUB", "Status",
        "THREAD_MODE", "Types", "VIDEO", "type_map",
    ),
    f"{__name__}.fields": (
        "AudioBodyField", "BooleanParamField", "Field", "ImageBodyField", "IntegerParamField", "JsonBodyField",
        "NumberParamField", "ParamField", "PayloadField", "StringBodyField", "StringParamField",
    ),
    f"{__name__}.logs": ("getFileLogger", "getLogger", "log"),
    f"{__name__}.queues": ("init_rq", "set_up"),
    f"{__name__}.runner": ("RunResult", "run"),
    f"{__name__}.sessions": (
        "Context", "FixedPool", "HandleThread", "InferClass", "ModelProcess", "Pool", "ReqHandleThread", "RequestPool",
        "SessionManager", "StreamHandleThread", "ThreadPool", "Worker", "WorkerThread",
    ),
    f"{__name__}.wrapper_base": ("WrapperBase",),
}  # fmt: skip
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "AUDIO",
    "CALL",
    "CALL_TYPE",
    "HOSTS",
    "IMAGE",
    "PROCESS_MODE",
    "ROUTEKEY",
    "STRING",
    "SUB",
    "THREAD_MODE",
    "VIDEO",
    "AudioBodyField",
    "BooleanParamField",
    "CallInterrupted",
    "Context",
    "DataAudio",
    "DataBegin",
    "DataContinue",
    "DataEnd",
    "DataImage",
    "DataListCls",
    "DataListNode",
    "DataOnce",
    "DataText",
    "DataVideo",
    "Field",
    "Finding",
    "FixedPool",
    "HandleThread",
    "ImageBodyField",
    "InferClass",
    "IntegerParamField",
    "JsonBodyField",
    "ModelProcess",
    "NumberParamField",
    "Once",
    "ParamField",
    "PayloadField",
    "Pool",
    "ReqHandleThread",
    "RequestPool",
    "Response",
    "ResponseData",
    "RunResult",
    "SessionCreateResponse",
    "SessionManager",
    "Status",
    "StreamHandleThread",
    "StringBodyField",
    "StringParamField",
    "ThreadPool",
    "Types",
    "Worker",
    "WorkerThread",
    "WrapperBase",
    "bind",
    "callback",
    "callback_metric",
    "callback_trace",
    "cancelled",
    "capabilities",
    "check",
    "getFileLogger",
    "getLogger",
    "init_rq",
    "lend",
    "log",
    "remaining",
    "run",
    "set_up",
    "type_map",
]

__getattr__, __dir__ = late_names(__name__, _HOMES)
