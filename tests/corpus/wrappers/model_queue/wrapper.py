"""One model for all sessions: RequestPool, ModelProcess, contexts."""
import queue
try:
    from aiges_embed import ResponseData, Response, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, SessionCreateResponse, callback
from aiges.sdk import WrapperBase, StringBodyField
from aiges.stream import RequestPool, ModelProcess, ReqHandleThread, Context


class Model(ModelProcess):
    def infer(self, ctx, callback):
        node = ctx.data.list[0]
        if node.data == b"bad":
            raise ValueError("bad input")
        res = Response()
        res.list = [ResponseData("out", "%s: %s" % (ctx.sid, node.data.decode()[::-1]), status=node.status)]
        callback(res, ctx.sid)


class UserRequest(object):
    input1 = StringBodyField(key="in", value=b"abc")


class UserResponse(object):
    accept1 = StringBodyField(key="out")


class Wrapper(WrapperBase):
    serviceId = "model_queue"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.shared = queue.Queue()
        self.pool = RequestPool(self.shared, callback)
        self.model = Model(self.shared, self.pool.conns_map, callback)
        self.model.start()
        return 0

    def wrapperCreate(self, params, sid):
        handle = self.pool.get_idle_handle()
        if handle is None:
            return 1
        self.pool.get_thread(handle).set_ctx(sid, params)
        return SessionCreateResponse(handle, 0)

    def wrapperWrite(self, handle, req, sid):
        self.pool.get_thread(handle).send_to_input_queue(sid, req)
        return 0

    def wrapperDestroy(self, handle):
        self.pool.set_idle_handle(handle)
        return 0

    def wrapperFini(self):
        self.model.stop()
        return 0

    def wrapperError(self, ret):
        return "all busy" if ret == 1 else "model"
