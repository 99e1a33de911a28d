"""Sessions, their threads and pools."""

from aiges_native.sdk.sessions import Context as Context
from aiges_native.sdk.sessions import HandleThread as HandleThread
from aiges_native.sdk.sessions import ModelProcess as ModelProcess
from aiges_native.sdk.sessions import Pool as Pool
from aiges_native.sdk.sessions import ProcessThreadPool as ProcessThreadPool
from aiges_native.sdk.sessions import ReqHandleThread as ReqHandleThread
from aiges_native.sdk.sessions import RequestPool as RequestPool
from aiges_native.sdk.sessions import SessionManager as SessionManager
from aiges_native.sdk.sessions import StreamHandleThread as StreamHandleThread
from aiges_native.sdk.sessions import ThreadPool as ThreadPool
from aiges_native.sdk.sessions import WorkerProcess as WorkerProcess
from aiges_native.sdk.sessions import WorkerThread as WorkerThread
