"""errNum before sid, a text for the handle, Write and Read without sid; a callback with three arguments."""
try:
    from aiges_embed import ResponseData, Response, DataListCls, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, DataListCls, SessionCreateResponse, callback
from aiges.sdk import WrapperBase, StringBodyField
from aiges.core.types import *


class UserRequest(object):
    input1 = StringBodyField(key="text", value=b"w")


class UserResponse(object):
    accept1 = StringBodyField(key="seen")


class Wrapper(WrapperBase):
    serviceId = "shapes"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()
    tags = {}

    def wrapperInit(self, config):
        return 0

    def wrapperFini(self):
        return 0

    def wrapperCreate(self, params, errNum, sid):
        if "fail" in params:
            return -1
        self.tags["H" + sid] = (sid, errNum)
        return "H" + sid

    def wrapperWrite(self, handle, req):
        sid, err = self.tags[handle]
        l = ResponseData("seen", ("%s %s %d" % (handle, sid, err)).encode(), status=req.list[0].status)
        given = callback(Response([l]), "nobody", sid)
        return 0 if given == 0 else 99

    def wrapperRead(self, handle):
        return Response()

    def wrapperError(self, ret):
        return {-1: "cannot create", 99: "not delivered"}.get(ret, "")
