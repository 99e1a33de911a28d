from aiges.sdk import *


class Wrapper(WrapperBase):
    def wrapperOnceExec(self, params, reqData):
        return Response([ResponseData("a", b"b")]
