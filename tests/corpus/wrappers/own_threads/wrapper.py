"""A queue and a thread of its own for each session; convention D; callback by user tag."""
import queue
import threading
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse, callback
from aiges.sdk import WrapperBase, StringBodyField
from aiges.core.types import *
from aiges.utils.log import log


class Session(threading.Thread):
    def __init__(self, tag, pers):
        threading.Thread.__init__(self)
        self.tag = tag
        self.pers = pers
        self.q = queue.Queue()

    def run(self):
        first = True
        while True:
            data, last = self.q.get()
            if data is None:
                break
            l = ResponseData()
            l.key = "echo"
            l.type = DataText
            l.status = DataEnd if last else (DataBegin if first else DataContinue)
            l.data = data
            l.len = len(data)
            r = Response()
            r.list = [l]
            log.info("callback gave %s", callback(r, self.tag))
            first = False
            if last:
                break


class UserRequest(object):
    input1 = StringBodyField(key="text", value=b"one two")


class UserResponse(object):
    accept1 = StringBodyField(key="echo")


class Wrapper(WrapperBase):
    serviceId = "threads"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.sessions = {}
        return 0

    def wrapperCreate(self, params, sid, persId, usrTag):
        s = Session(usrTag, persId)
        s.start()
        handle = "%s/%d" % (sid, persId)
        self.sessions[handle] = s
        return SessionCreateResponse(handle=handle)

    def wrapperWrite(self, handle, req):
        node = req.get("text")
        self.sessions[handle].q.put((node.data, node.status == DataEnd))
        return 0

    def wrapperRead(self, handle):
        return Response()

    def wrapperDestroy(self, handle):
        s = self.sessions.pop(handle)
        s.q.put((None, True))
        s.join()
        return 0

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return ""
