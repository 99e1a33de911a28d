"""wrapperOnceExec is there and returns None; the work is done in sessions; callback from inside Write."""
from aiges.types import *
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse, callback
from aiges.sdk import WrapperBase, StringBodyField, AudioBodyField
from aiges.utils.log import log


class UserRequest(object):
    input1 = StringBodyField(key="text", value="一 二")


class UserResponse(object):
    accept1 = AudioBodyField(key="audio")


class Wrapper(WrapperBase):
    serviceId = "stream_only"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.by_handle = {}
        return 0

    def wrapperOnceExec(self, params, reqData):
        pass

    def wrapperCreate(self, params, sid, userTag):
        s = SessionCreateResponse()
        s.handle = sid
        s.error_code = 0
        if sid == "":
            s.error_code = 61
        if params.get("greet"):
            self.send(userTag, b"hello", DataBegin)
        self.by_handle[sid] = userTag
        return s

    def send(self, to, data, status):
        l = ResponseData()
        l.key = "audio"
        l.data = data
        l.len = len(data)
        l.type = DataAudio
        l.status = status
        r = Response()
        r.list = [l]
        return callback(r, to)

    def wrapperWrite(self, handle, req, sid):
        node = req.get("text")
        to = {"tag": self.by_handle[handle], "sid": sid, "handle": handle}[node.desc.get("to", "tag")]
        if node.data == b"err":
            res = Response()
            res.error_code = 62
            callback(res, to)
            return 0
        ret = self.send(to, node.data, node.status)
        return 63 if ret else 0

    def wrapperRead(self, handle, sid):
        return Response()

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return {61: "sid is missing", 62: "synthesis failed", 63: "nobody listens"}.get(ret, "")
