"""Sessions of its own, fetched by wrapperRead; the pool is never made; asyncMode is off."""
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse
from aiges.sdk import *
from aiges.utils.log import log


class UserRequest(object):
    input1 = AudioBodyField(key="wav", path="a.wav")
    input2 = StringBodyField(key="hint", value=b"h")


class UserResponse(object):
    accept1 = StringBodyField(key="text")


class Wrapper(WrapperBase):
    serviceId = "reader"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.data = {}
        self.lock = Lock()
        return 0

    def wrapperCreate(self, params, sid, persId):
        handle = self.session.get_idle_handle()
        if handle is None:
            handle = "h-" + sid
        with self.lock:
            self.data[handle] = queue.Queue()
        if params.get("as") == "str":
            return handle
        if params.get("as") == "int":
            return -1
        if params.get("as") == "none":
            return None
        return SessionCreateResponse(handle, 0)

    def wrapperWrite(self, handle, req, sid):
        q = self.data[handle]
        for node in req:
            if node.key == "hint":
                continue
            q.put((node.data, node.status, sid))
        return 0

    def wrapperRead(self, handle, sid):
        res = Response()
        try:
            data, status, written_by = self.data[handle].get_nowait()
        except queue.Empty:
            return res
        if data == b"none":
            return None
        if data == b"int":
            return 55
        if data == b"blank":
            res.list = [ResponseData("text", b"", status=DataContinue if False else 1)]
            return res
        if data == b"list":
            return [ResponseData("text", b"listed", None, 0, status)]
        res.list.append(ResponseData("text", "%s %s/%s %d" % (handle, written_by, sid, len(data)), status=status))
        return res

    def wrapperDestroy(self, handle):
        self.data.pop(handle)
        return 0

    def wrapperFini(self):
        return len(self.data)

    def wrapperError(self, ret):
        return {55: "fifty-five", -1: "refused", 1: "one session left"}.get(ret)
