"""Returns what it should not, and raises; the process lives."""
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges.sdk import *
from aiges.core.types import *


class UserRequest(object):
    input1 = StringBodyField(key="do", value=b"none")


class UserResponse(object):
    accept1 = StringBodyField(key="result")


class Wrapper(WrapperBase):
    serviceId = "odd"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        return 0

    def good(self):
        return Response([ResponseData("result", b"good")])

    def wrapperOnceExec(self, params, reqData):
        do = reqData.get("do").data.decode()
        if do == "none":
            return
        if do == "zero":
            return 0
        if do == "dict":
            return {"result": "x"}
        if do == "bytes":
            return b"x"
        if do == "class":
            return Response
        if do == "tuple":
            return self.good(), 0
        if do == "empty":
            return Response()
        if do == "no data":
            res = self.good()
            res.list[0].data = None
            return res
        if do == "foreign item":
            res = self.good()
            res.list.append("x")
            return res
        if do == "key":
            return {}["missing"]
        if do == "exit":
            sys.exit(3)
        if do == "interrupt":
            raise KeyboardInterrupt
        if do == "recursion":
            return self.wrapperOnceExec(params, reqData)
        if do == "memory":
            raise MemoryError
        if do == "own code":
            raise ValueError("PAYLOAD " + do)
        if do == "wrong method":
            return self.no_such_method()
        return self.good()

    def wrapperFini(self):
        pass

    def wrapperError(self, ret):
        return None
