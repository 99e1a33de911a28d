# encoding=utf-8
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls  # c++
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls

from aiges.sdk import WrapperBase, \
    StringParamField, \
    StringBodyField
from aiges.utils.log import log


class UserRequest(object):
    params1 = StringParamField(key="from", value=b"zh", maxLength=4)
    params2 = StringParamField(key="to", enums=["en", "fr"], value="en", required=True)
    input1 = StringBodyField(key="text", value="你好")


class UserResponse(object):
    accept1 = StringBodyField(key="result")


class Wrapper(WrapperBase):
    serviceId = "translate"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config: {}) -> int:
        self.words = {"你好": {"en": "hello", "fr": "salué"}}
        return 0

    def wrapperOnceExec(self, params: {}, reqData: DataListCls) -> Response:
        sid = params["sid"]
        src = reqData.get("text").data.decode("utf-8")
        params["seen"] = object()
        out = sid + ":" + params["from"] + ">" + params["to"] + ":" + self.words.get(src, {}).get(params["to"], src)
        res = Response()
        l = ResponseData()
        l.key = "result"
        l.status = 3
        l.type = 0
        l.data = out
        l.len = len(out)
        res.list.append(l)
        return res

    def wrapperFini(self) -> int:
        return 0

    def wrapperError(self, ret: int) -> str:
        return ""
