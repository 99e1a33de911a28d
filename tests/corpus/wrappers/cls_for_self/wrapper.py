"""`cls` for self, state on the class, persId third, no wrapperTestFunc."""
import base64
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges import ResponseData as FromTheTop, EXIT_SIG
from aiges.sdk import WrapperBase, StringBodyField


class UserRequest(object):
    input1 = StringBodyField(key="b64", value="aGVsbG8=", need_base64=False)


class UserResponse(object):
    accept1 = StringBodyField(key="plain")


class Wrapper(WrapperBase):
    serviceId = "b64"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()
    calls = 0

    def wrapperInit(cls, config: {}) -> int:
        cls.calls = 0
        return 0

    def wrapperOnceExec(cls, params, reqData, persId=0) -> Response:
        cls.calls += 1
        r = FromTheTop()
        r.key = "plain"
        r.status = 3
        r.setDataType(0)
        r.setData(base64.b64decode(reqData.get("b64").data) + b" %d %d" % (persId, cls.calls))
        res = Response()
        res.list = [r]
        return res

    def wrapperFini(cls) -> int:
        return 0

    def wrapperError(cls, ret: int) -> str:
        return str(EXIT_SIG)
