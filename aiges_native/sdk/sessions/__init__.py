"""Sessions of a wrapper, the pools that hold them, and the threads that work on them.

Constructing anything here starts nothing. Objects that own threads have ``stops_with_wrapper = True`` and
``shutdown(timeout=5)``, which runner and loader call after wrapperFini.
"""

from .context import Context
from .fixed_pool import FixedPool
from .handle_thread import HandleThread, StreamHandleThread
from .infer_class import InferClass
from .manager import SessionManager
from .model_process import ModelProcess
from .pool import Pool
from .processes import ProcessThreadPool, WorkerProcess
from .request_pool import RequestPool
from .request_thread import ReqHandleThread
from .session import WorkerThread
from .thread_pool import ThreadPool
from .worker import Worker

__all__ = [
    "Context",
    "FixedPool",
    "HandleThread",
    "InferClass",
    "ModelProcess",
    "Pool",
    "ProcessThreadPool",
    "ReqHandleThread",
    "RequestPool",
    "SessionManager",
    "StreamHandleThread",
    "ThreadPool",
    "Worker",
    "WorkerProcess",
    "WorkerThread",
]
