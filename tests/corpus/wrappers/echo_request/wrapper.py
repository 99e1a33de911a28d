"""Gives pieces of the request back: its nodes, its views, arrays over them, the request's own list."""
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse, callback
from aiges.sdk import WrapperBase, StringBodyField
from aiges.core.types import *
import threading

import numpy as np


class UserRequest(object):
    input1 = StringBodyField(key="a", value=b"abc")


class UserResponse(object):
    accept1 = StringBodyField(key="a")


class Wrapper(WrapperBase):
    serviceId = "echo"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.queues = {}
        return 0

    def wrapperOnceExec(self, params, reqData):
        how = params.get("how", "list")
        node = reqData.list[0] if reqData.list else None
        res = Response()
        if how == "list":
            res.list = reqData.list
        elif how == "request":
            res.list = list(reqData)
        elif how == "node":
            res.list = [node]
        elif how == "view":
            res.list.append(ResponseData(node.key, node.view, type=node.type))
        elif how == "half":
            res.list.append(ResponseData(node.key, node.view[: node.len // 2]))
        elif how == "array":
            res.list.append(ResponseData(node.key, np.asarray(node)))
        elif how == "frombuffer":
            res.list.append(ResponseData(node.key, np.frombuffer(node.data, np.uint8)[::-1]))
        elif how == "renamed":
            node.key, node.data, node.type, node.status = "new", node.data * 2, 1, 0
            res.list = [node]
        elif how == "sorted":
            reqData.list.sort(key=lambda n: n.key)
            res.list = [ResponseData(n.key, n.data) for n in reqData.list]
        elif how == "popped":
            last = reqData.list.pop()
            res.list = [ResponseData("a", b"%d left" % len(reqData.list)), last]
        elif how == "added":
            reqData.list.append(DataListNode("z", b"added"))
            res.list = [ResponseData("z", reqData.get("z").data)]
        return res

    def wrapperCreate(self, params, sid):
        self.queues[sid] = []
        return SessionCreateResponse(sid)

    def wrapperWrite(self, handle, req, sid):
        """Answers a request only with the next one, from another thread: what it kept must have stayed."""
        kept = self.queues[handle]
        if kept:
            res = Response()
            res.list = [ResponseData("a", n.data, status=req.list[0].status) for n in kept.pop().list]
            t = threading.Thread(target=callback, args=(res, sid))
            t.start()
            t.join()
        kept.append(req)
        return 0

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return ""
