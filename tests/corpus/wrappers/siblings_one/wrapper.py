"""Imports its model from a file beside it, under a name that many have."""
try:
    from aiges_embed import ResponseData, Response
except:
    from aiges.dto import Response, ResponseData
from aiges.sdk import WrapperBase, StringBodyField
from model import Model


class UserRequest(object):
    input1 = StringBodyField(key="text", value=b"x")


class UserResponse(object):
    accept1 = StringBodyField(key="text")


class Wrapper(WrapperBase):
    serviceId = "siblings"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.model = Model()
        return 0

    def wrapperOnceExec(self, params, reqData):
        return Response([ResponseData("text", self.model.predict(reqData.get("text").data))])

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return ""
