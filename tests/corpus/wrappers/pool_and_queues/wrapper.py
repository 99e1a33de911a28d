"""The pool with results in out_q, fetched; digits for its size; a second pool; workers that wait for ever."""
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse, callback
from aiges.sdk import *
from aiges.stream import StreamHandleThread, SessionManager
from aiges.core.types import *


class Worker1(HandleThread):
    def run(self):
        raise SystemExit("the first pool is never used")


class MyThread(StreamHandleThread):
    made = []

    def __init__(self, session_thread, in_q, out_q):
        StreamHandleThread.__init__(self, session_thread, in_q, out_q)
        self.name = "my-%d" % len(self.made)
        self.made.append(self)

    def run(self):
        while not self.is_stopping:
            try:
                req = self.in_q.get()
                for node in req.list:
                    text = "%s %s %s" % (self.session_thread.sid, self.session_thread.params.get("p"), node.data.decode())
                    l = ResponseData("out", text.encode(), None, DataText, node.status)
                    res = Response()
                    res.list = [l]
                    self.out_q.put(res)
            except queue.Empty:
                continue
            except Exception as e:
                log.error("worker: %s", e)


class UserRequest(object):
    input1 = StringBodyField(key="in", value=b"i")


class UserResponse(object):
    accept1 = StringBodyField(key="out")


class Wrapper(WrapperBase):
    serviceId = "queues"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.session = SessionManager()
        self.session.init_wrapper_config(config)
        self.session.init_handle_pool("process", "1", Worker1)
        self.session.init_handle_pool(THREAD_MODE, config.get("common.lic", "2"), MyThread)
        return 0

    def wrapperCreate(self, params, sid, persId=0, usrTag=""):
        handle = self.session.get_idle_handle()
        if handle is None:
            return -1
        s = self.session.get_session(handle)
        s.setup_sid(sid)
        s.setup_params(params)
        assert not s.is_idle and s.in_q.empty() and s.out_q.empty()
        return SessionCreateResponse(handle, 0)

    def wrapperWrite(self, handle, req):
        s = self.session.get_session(handle)
        if s is None:
            return 1001
        s.in_q.put(req)
        return 0

    def wrapperRead(self, handle):
        try:
            return self.session.get_session(handle).out_q.get(timeout=0.01)
        except queue.Empty:
            return Response()

    def wrapperDestroy(self, handle):
        self.session.reset_session(handle)
        return 0

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return {1001: "no such session", -1: "busy"}.get(ret, "")
