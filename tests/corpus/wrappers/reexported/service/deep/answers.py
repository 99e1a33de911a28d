try:
    from aiges_embed import ResponseData, Response
except:
    from aiges.dto import Response, ResponseData
from aiges.sdk import WrapperBase, StringBodyField
from service.names import GREETING


class UserRequest(object):
    input1 = StringBodyField(key="who", value="you")


class UserResponse(object):
    accept1 = StringBodyField(key="greeting")


class Service(WrapperBase):
    serviceId = "greeting"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.mark = config.get("mark", "?")
        return 0

    def wrapperOnceExec(self, params, reqData):
        return Response([ResponseData("greeting", GREETING + " " + reqData.get("who").data.decode() + self.mark)])

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return ""
