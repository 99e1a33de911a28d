"""Classifier: probabilities come back as bytes of float32, the label as text."""
from aiges.types import *
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse, callback
from aiges.sdk import *
from aiges.utils.log import log

import os
import numpy as np

labels = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "labels.txt")).read().split()
KINDS = {kind: Types[kind] for kind in (DataText, DataImage)}


class UserRequest(object):
    input1 = ImageBodyField(key="image", path="no/such/picture.jpg")


class UserResponse(object):
    accept1 = StringBodyField(key="label")
    accept2 = AudioBodyField(key="scores")


class Wrapper(WrapperBase):
    serviceId = "labels"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.weights = np.arange(len(labels), dtype=np.float32)
        return 0

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return "error %d" % ret

    def wrapperOnceExec(self, params, reqData):
        for node in reqData.list:
            log.info("%s %s %d", node.key, KINDS[node.type], node.len)
        total = sum(len(req.data) for req in reqData.list)
        scores = self.weights + np.float32(total)
        res = Response()
        l = ResponseData()
        l.key = "label"
        l.type = 0
        l.status = 3
        l.data = labels[total % len(labels)].encode()
        l.len = len(l.data)
        s = ResponseData()
        s.key = "scores"
        s.len = scores.nbytes
        s.data = scores
        s.type = 1
        s.status = 3
        res.list = [l, s]
        return res

    def wrapperTestFunc(self, data, respData):
        pass
