from aiges.sdk import *


class MyWrapper(WrapperBase):
    def wrapperOnceExec(self, params, reqData):
        return Response([ResponseData("a", b"b")])
