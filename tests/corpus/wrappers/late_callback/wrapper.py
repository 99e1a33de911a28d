"""A thread that answers when its session is long over, and tells what it was told."""
try:
    from aiges_embed import ResponseData, Response, SessionCreateResponse, callback, callback_metric
except:
    from aiges.dto import Response, ResponseData, SessionCreateResponse, callback, callback_metric
from aiges.sdk import WrapperBase
from aiges.core.types import *
import queue
import threading


class Wrapper(WrapperBase):
    serviceId = "late"
    version = "v1"

    def wrapperInit(self, config):
        self.work = queue.Queue()
        self.told = queue.Queue()
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()
        return 0

    def loop(self):
        while True:
            item = self.work.get()
            if item is None:
                return
            tag, code, go = item
            go.wait(10)
            res = Response()
            if code:
                res.error_code = code
            else:
                res.list = [ResponseData("late", b"late", status=DataEnd)]
            self.told.put((tag, callback(res, tag), callback_metric(tag, "late", 1)))

    def wrapperCreate(self, params, sid, persId, usrTag):
        self.go = threading.Event()
        self.work.put((usrTag, int(params.get("code", 0)), self.go))
        return SessionCreateResponse(sid)

    def wrapperWrite(self, handle, req):
        self.go.set()
        return 0

    def wrapperDestroy(self, handle):
        return 0

    def wrapperOnceExec(self, params, reqData):
        self.go.set()
        return Response([ResponseData("told", "%s %d %d" % self.told.get(timeout=10))])

    def wrapperFini(self):
        self.work.put(None)
        self.thread.join(10)
        return 0

    def wrapperError(self, ret):
        return "late %d" % ret
