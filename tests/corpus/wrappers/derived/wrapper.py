"""A service's base between WrapperBase and Wrapper, a mixin, overridden fields, super() everywhere."""
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse
from aiges.sdk import WrapperBase, StringBodyField, StringParamField, ImageBodyField
from aiges.utils.log import log


class CommonRequest(object):
    params1 = StringParamField(key="lang", value="en")
    input1 = StringBodyField(key="text", value=b"common")


class Request(CommonRequest):
    input1 = StringBodyField(key="words", value=b"mine")

    def __init__(self):
        self.params2 = StringParamField(key="extra", value="e", title="Extra")


class CommonResponse(object):
    accept1 = StringBodyField(key="result")


class Counting(object):
    count = 0

    def counted(self):
        self.count += 1
        return self.count


class ServiceBase(WrapperBase):
    serviceId = "base"
    version = "v1"
    requestCls = CommonRequest()
    responseCls = CommonResponse()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order = ["init"]

    def wrapperInit(self, config):
        self.order.append("base")
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag="", persId=0):
        return self.answer(self.work(reqData))

    def work(self, reqData):
        raise NotImplementedError

    def answer(self, text):
        res = Response()
        res.list = [ResponseData("result", text)]
        return res

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return "base error %s" % ret


class Wrapper(Counting, ServiceBase):
    serviceId = "derived"
    requestCls = Request()

    def __init__(self, *args, **kwargs):
        super(Wrapper, self).__init__(*args, **kwargs)

    def wrapperInit(self, config):
        ret = super().wrapperInit(config)
        self.order.append("derived")
        return ret

    def work(self, reqData):
        if reqData.get("words") is None:
            return b""
        return reqData.get("words").data + (" " + "+".join(self.order) + " %d" % self.counted()).encode()

    def wrapperOnceExec(self, params, reqData, usrTag="", persId=0):
        if "fail" in params:
            return 3
        return super().wrapperOnceExec(params, reqData, usrTag, persId)

    def wrapperCreate(self, params, sid, persId=0, usrTag=""):
        return super().wrapperCreate(params, sid, persId, usrTag)
