"""Convention A in a class: classmethods with (usrTag, params, reqData, respData, psrIds, psrCnt)."""
try:
    from aiges_embed import *
except:
    from aiges.dto import *
from aiges.sdk import WrapperBase, StringBodyField


class UserRequest(object):
    input1 = StringBodyField(key="in", value=b"abc")


class UserResponse(object):
    accept1 = StringBodyField(key="out")


class Wrapper(WrapperBase):
    serviceId = "a_style"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    @classmethod
    def wrapperInit(cls, config):
        return 0

    @classmethod
    def wrapperOnceExec(cls, usrTag, params, reqData, respData, psrIds, psrCnt):
        data = {}
        for item in reqData:
            data[item["key"]] = item["data"]
        if "in" not in data:
            return 404
        respData.append({"key": "out", "data": data["in"][::-1], "len": len(data["in"]), "status": Once, "type": DataText})
        return 0

    @classmethod
    def wrapperFini(cls):
        return 0

    @classmethod
    def wrapperError(cls, errNum):
        if errNum == 404:
            return "no input"
        return "unknown"
