"""The gRPC plugin's convention: Create with userTag last (and persId after it), callback(res, tag, sid)."""
try:
    from aiges_embed import *
except:
    from aiges.dto import *
from aiges.sdk import WrapperBase, StringBodyField, JsonBodyField


class UserRequest(object):
    input1 = JsonBodyField(key="json", value='{"n": 2}')


class UserResponse(object):
    accept1 = JsonBodyField(key="n")


class Wrapper(WrapperBase):
    serviceId = "usertag"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        import json
        self.json = json
        self.open = {}
        return 0

    def wrapperCreate(self, params, sid, userTag="", persId=0):
        handle = "%s-%s-%d" % (sid, userTag, persId)
        self.open[handle] = (userTag, sid)
        res = SessionCreateResponse()
        res.handle = handle
        return res

    def wrapperWrite(self, handle, req, sid):
        tag, created = self.open[handle]
        for i in range(self.json.loads(req.get("json").data)["n"]):
            res = Response()
            item = ResponseData()
            item.key, item.status, item.type = "n", DataContinue, DataText
            item.setData('{"i": %d, "sid": "%s", "handle": "%s"}' % (i, sid, handle))
            res.list.append(item)
            if callback(res, tag, created) != 0:
                return 7
        if req.get("json").status == DataEnd:
            res.list[0].status = DataEnd
            callback(res, tag, created)
        return 0

    def wrapperDestroy(self, handle):
        return 0 if self.open.pop(handle, None) else 8

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return "code"
