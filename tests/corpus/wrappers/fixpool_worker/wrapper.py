"""FixedPool, Worker, InferClass; callback from its own module; (params, sid, persId)."""
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse
from aiges.sdk import WrapperBase, StringBodyField
from aiges.callback import callback
from aiges.concurrent.fixpool import FixedPool
from aiges.worker import Worker, InferClass
from aiges.errors import OK, USER_EXEC_ERROR
import numpy


class Infer(InferClass):
    def __init__(self, name):
        self.name = name
        self.handle = ""

    def predict(self, req):
        node = req.get("img")
        done = node.status >= 2
        out = (numpy.frombuffer(node.data, dtype=numpy.uint8) + 1).tobytes()
        l = ResponseData("img2", out, len(out), 2, node.status)
        r = Response([l])
        callback(r, self.handle)
        return out, done


class UserRequest(object):
    input1 = StringBodyField(key="img", value=b"ABC")


class UserResponse(object):
    accept1 = StringBodyField(key="img2")


class Wrapper(WrapperBase):
    serviceId = "pool"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def __init__(self):
        super().__init__()
        self.pool = FixedPool()

    def wrapperInit(self, config):
        self.pool.set_capacity(config.get("common.lic", "2"))
        return OK

    def wrapperCreate(self, params, sid, persId=0):
        w = Worker(name=sid)
        w.register_infer_class(Infer(sid))
        ok, key = self.pool.add(w)
        if not ok:
            return SessionCreateResponse("", USER_EXEC_ERROR)
        w.setHandle(key)
        w.start()
        return SessionCreateResponse(key, 0)

    def wrapperWrite(self, handle, req, sid):
        self.pool.get(handle).in_q.put(req)
        return 0

    def wrapperDestroy(self, handle):
        self.pool.remove(handle)
        return 0

    def wrapperFini(self):
        self.pool.clear_all()
        return 0

    def wrapperError(self, ret):
        return "no place" if ret == USER_EXEC_ERROR else ""
