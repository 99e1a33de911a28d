"""Two pictures, a table of codes; errors in every way that authors know."""
import json
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse, callback
from aiges.sdk import WrapperBase, ImageBodyField, JsonBodyField
from aiges.utils.log import log

CODES = {101: "no face in the first picture", 102: "两张图片不同", -7: "negative", 30003: "exec failed"}


class UserRequest(object):
    input1 = ImageBodyField(key="left", path="l.jpg")
    input2 = ImageBodyField(key="right", path="r.jpg", need_base64=True, encoding="png")


class UserResponse(object):
    accept1 = JsonBodyField(key="score", value={"score": 1})


class Wrapper(WrapperBase):
    serviceId = "face"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        return 0

    def wrapperOnceExec(self, params, reqData):
        left = reqData.get("left")
        right = reqData.get("right")
        if left is None:
            return self.response_err(101)
        if right is None:
            res = Response()
            res.error_code = 102
            return res
        if left.data == b"int":
            return 4711
        if left.data == b"negative":
            return -7
        if left.data == b"exec":
            return Response(error_code=30003)
        if left.data == b"both":
            res = Response()
            l = ResponseData()
            l.key = "score"
            l.setData(b"dropped")
            res.list = [l]
            return res.response_err(101)
        l = ResponseData()
        l.key = "score"
        l.setDataType(DataListNode().type)
        l.status = 3
        l.setData(json.dumps({"score": int(left.data == right.data)}).encode())
        res = Response()
        res.list = [l]
        return res

    def wrapperFini(self):
        return 12

    def wrapperError(self, ret: int):
        return CODES[ret]
