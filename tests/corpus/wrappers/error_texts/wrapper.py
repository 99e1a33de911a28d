"""Texts for codes that are long, odd, empty, of another type, or fail; and who is asked for which."""
try:
    from aiges_embed import ResponseData, Response
except:
    from aiges.dto import Response, ResponseData
from aiges.sdk import WrapperBase, StringBodyField
import sys


class Errors(dict):
    def __missing__(self, key):
        return "未知错误 %d" % key


ERRORS = Errors({
    1: "",
    2: None,
    3: b"bytes",
    4: 4,
    6: "two\nlines\tand a tab",
    7: "x" * 5000,
    8: "smile \U0001f600",
    9: ["list"],
})


class UserRequest(object):
    input1 = StringBodyField(key="code", value="10")


class Wrapper(WrapperBase):
    serviceId = "errors"
    version = "v1"
    requestCls = UserRequest()

    def wrapperInit(self, config):
        return 0

    def wrapperOnceExec(self, params, reqData):
        return int(reqData.get("code").data)

    def wrapperFini(self):
        return 0

    @staticmethod
    def wrapperError(ret: int) -> str:
        if ret == 5:
            sys.exit("text")
        if -20199 <= ret <= -20001:
            return "a wrapper is not asked for codes of others"
        return ERRORS[ret]
