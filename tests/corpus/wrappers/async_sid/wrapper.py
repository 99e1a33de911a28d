"""Once by callback the old way: (params, reqData, sid), answered in the call itself and from a pool of threads."""
from concurrent.futures import ThreadPoolExecutor
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, callback
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, callback
from aiges.sdk import *


class UserRequest(object):
    input1 = StringBodyField(key="text", value=b"later")


class UserResponse(object):
    accept1 = StringBodyField(key="text")


class Wrapper(WrapperBase):
    serviceId = "async_sid"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.executor = ThreadPoolExecutor(2)
        return 0

    def answer(self, node, sid):
        res = Response()
        res.list = [ResponseData("text", sid.encode() + b":" + node.data, None, 0, 3)]
        first = callback(res, sid)
        assert callback(res, sid) == -1, "after the last one"
        return first

    def wrapperOnceExecAsync(self, params, reqData, sid):
        node = reqData.get("text")
        if node.data == b"now":
            return self.answer(node, sid)
        if node.data == b"none":
            return callback(None, sid)
        if node.data == b"foreign":
            callback({"text": "x"}, sid)
            return 0
        if node.data == b"raise":
            raise RuntimeError("at once")
        if node.data == b"empty":
            assert callback(Response(), sid) == -1
        self.executor.submit(self.answer, node, sid)
        return 0

    def wrapperFini(self):
        self.executor.shutdown()
        return 0

    def wrapperError(self, ret):
        return ""
