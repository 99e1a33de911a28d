# -*- coding: gbk -*-
"""源文件是 GBK"""
try:
    from aiges_embed import ResponseData, Response
except:
    from aiges.dto import Response, ResponseData
from aiges.sdk import WrapperBase, StringBodyField


class UserRequest(object):
    input1 = StringBodyField(key="text", value="你好", encoding="gb2312")


class UserResponse(object):
    accept1 = StringBodyField(key="text")


class Wrapper(WrapperBase):
    serviceId = "gbk"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        return 0

    def wrapperOnceExec(self, params, reqData):
        return Response([ResponseData("text", reqData.get("text").data.decode("gb2312") + " 世界")])

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return "错误"
