"""Numbers out of numpy, enums and booleans wherever an int is meant."""
import enum
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse
from aiges.sdk import *
import numpy as np


class Code(enum.IntEnum):
    BAD = 77


class Wrapper(WrapperBase):
    serviceId = "numbers"
    version = "v1"

    def wrapperInit(self, config):
        return np.int64(0)

    def wrapperOnceExec(self, params, reqData):
        do = params.get("do")
        if do == "np code":
            return np.int32(5)
        if do == "enum code":
            return Code.BAD
        if do == "true":
            return True
        res = Response()
        if do == "np error_code":
            res.error_code = np.int64(6)
            return res
        if do == "enum error_code":
            return res.response_err(Code.BAD)
        l = ResponseData()
        l.key = np.str_("r")
        l.setDataType(np.uint8(2))
        l.status = np.int64(3)
        l.data = np.bytes_(b"abc")
        l.len = np.int64(2)
        res.list.append(l)
        return res

    def wrapperCreate(self, params, sid):
        return SessionCreateResponse(handle=np.str_("h"), error_code=np.int64(int(params.get("fail", "0"))))

    def wrapperWrite(self, handle, req):
        return np.int16(int(req.list[0].data)) if req.list[0].data else False

    def wrapperDestroy(self, handle):
        return None

    def wrapperFini(self):
        return np.uint64(0)

    def wrapperError(self, ret):
        return "code %d" % ret if ret == Code.BAD else np.str_("numpy %d" % ret)
