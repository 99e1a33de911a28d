from aiges.sdk import *


class UserRequest(object):
    input1 = StringBodyField(key=None)


class Wrapper(WrapperBase):
    requestCls = UserRequest()

    def wrapperOnceExec(self, params, reqData):
        return Response([ResponseData("a", b"b")])
