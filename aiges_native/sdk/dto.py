"""Data classes, constants and callbacks at one place, for the modules of the same name in :mod:`aiges`."""

from aiges_native._native.callback import callback, callback_metric, callback_trace, cancelled, remaining
from aiges_native._native.node import DataListCls, DataListNode
from aiges_native._native.response import Response, ResponseData, SessionCreateResponse, lend
from aiges_native.sdk.constants import (
    AUDIO,
    IMAGE,
    PROCESS_MODE,
    STRING,
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
)
from aiges_native.sdk.queues import init_rq

__all__ = [
    "AUDIO",
    "IMAGE",
    "PROCESS_MODE",
    "STRING",
    "THREAD_MODE",
    "VIDEO",
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
    "Once",
    "Response",
    "ResponseData",
    "SessionCreateResponse",
    "Status",
    "Types",
    "callback",
    "callback_metric",
    "callback_trace",
    "cancelled",
    "init_rq",
    "lend",
    "remaining",
]
