"""Answers under a key that it never declared: hosts pass it on, a local run tells."""
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges.sdk import WrapperBase, StringParamField, JsonBodyField, StringBodyField


class UserRequest(object):
    params1 = StringParamField(key="ctrl", enums=["helloworld", "go"], value="helloworld")
    input1 = JsonBodyField(key="data_in", value={"a": [1, 2]})


class UserResponse(object):
    accept1 = StringBodyField(key="data_out")


class Wrapper(WrapperBase):
    serviceId = "mmocr"
    version = "backup.0"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        return 0

    def wrapperOnceExec(self, params, reqData):
        res = Response()
        l = ResponseData()
        l.key = params.get("ctrl", "ocr") if "key" not in params else params["key"]
        l.setDataType(int(params.get("type", 0)))
        l.status = int(params.get("status", 3))
        l.setData(reqData.get("data_in").data)
        res.list = [l, l] if "twice" in params else [l]
        return res

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return ""
