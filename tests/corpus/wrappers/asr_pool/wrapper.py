# coding:utf-8
"""Streaming ASR over the pool of the SDK: one thread a session, results by callback with the sid."""
import json
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse, callback
from aiges.core.types import *
from aiges.sdk import WrapperBase, StringParamField, AudioBodyField, StringBodyField, SessionManager
from aiges.stream import StreamHandleThread
from aiges.utils.log import log, getFileLogger
import queue
import heavyspeech


class MyReqDataThread(StreamHandleThread):
    def __init__(self, session_thread, in_q, out_q):
        super().__init__(session_thread, in_q, out_q)
        self.setDaemon(True)
        self.decoder = None

    def init_model(self, *args, **kwargs):
        self.decoder = heavyspeech.Decoder()

    def infer(self, node):
        if node.data == b"crash":
            raise ValueError("cannot decode")
        return self.decoder.feed(node.data)

    def run(self):
        while not self.is_stopping:
            try:
                req = self.in_q.get(timeout=30)
            except queue.Empty:
                continue
            except Exception as e:
                log.error(e)
                continue
            node = req.list[0]
            if node.status == DataBegin:
                self.init_model()
            words = self.infer(node)
            res = Response()
            l = ResponseData()
            l.key = "result"
            l.setDataType(DataText)
            l.status = node.status
            if node.status == DataEnd:
                l.setData((self.session_thread.params["lang"] + ":" + self.decoder.finish()).encode())
            else:
                l.setData(words.encode())
            res.list = [l]
            self.session_thread.callback_fn(res, self.session_thread.sid)
            if node.status == DataEnd:
                self.session_thread.reset()

    def stop(self):
        self.is_stopping = True


class UserRequest(object):
    params1 = StringParamField(key="lang", value="en")
    input1 = AudioBodyField(key="audio", path="test_data/speech.pcm")


class UserResponse(object):
    accept1 = StringBodyField(key="result")


class Wrapper(WrapperBase):
    serviceId = "asr"
    version = "v1"
    call_type = 1
    requestCls = UserRequest()
    responseCls = UserResponse()

    def __init__(self, *args, **kwargs):
        self.session_total = 0

    def wrapperInit(self, config: {}) -> int:
        log.info("Initializing ...")
        self.session_total = config.get("common.lic", 1)
        if not self.session_total > 0:
            return -1
        self.session.init_wrapper_config(config)
        self.session.init_handle_pool("thread", self.session_total, MyReqDataThread)
        return 0

    def wrapperCreate(self, params: {}, sid: str) -> SessionCreateResponse:
        s = SessionCreateResponse()
        handle = self.session.get_idle_handle()
        if not handle:
            s.error_code = -1
            s.handle = ""
            return s
        _session = self.session.get_session(handle=handle)
        _session.setup_sid(sid)
        _session.setup_params(params)
        _session.setup_callback_fn(callback)
        s.handle = handle
        s.error_code = 0
        return s

    def wrapperWrite(self, handle: str, req: DataListCls, sid: str) -> int:
        _session = self.session.get_session(handle=handle)
        if _session is None or _session.sid != sid:
            log.info("can't get this handle: %s", handle)
            return -1
        _session.in_q.put(req)
        return 0

    def wrapperRead(self, handle, sid):
        return Response()

    def wrapperOnceExec(self, params: {}, reqData: DataListCls) -> Response:
        pass

    def wrapperFini(self) -> int:
        return 0

    def wrapperError(self, ret: int) -> str:
        if ret == -1:
            return "no idle session"
        if ret == 30003:
            return "the worker is gone"
        return ""

    def wrapperTestFunc(self, data, respData):
        pass


if __name__ == '__main__':
    m = Wrapper()
    m.run(stream=True)
