"""Methods that are attributes: lambdas, partials, callables; the class is made by a function, with keywords."""
import functools
try:
    from aiges_embed import ResponseData, Response, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, SessionCreateResponse, callback
from aiges.sdk import WrapperBase, StringBodyField


class Errors:
    def __call__(self, ret):
        return "called for %d" % ret


def logged(method):
    def inner(*args, **kwargs):
        inner.calls += 1
        return method(*args, **kwargs)
    inner.calls = 0
    return inner


class Service(WrapperBase):
    serviceId = "late_bound"
    version = "v1"

    def __init__(self, prefix, **kwargs):
        super().__init__(**kwargs)
        self.prefix = prefix
        self.wrapperOnceExec = functools.partial(self.answer, self.prefix)
        self.wrapperInit = lambda config: 0
        self.wrapperError = Errors()

        class Request:
            text = StringBodyField("text", "t")

        self.requestCls = Request()

    def answer(self, prefix, params, reqData, usrTag, persId=0):
        if reqData.get("text") is None:
            return 8
        res = Response()
        res.list = [ResponseData("text", prefix + reqData.get("text").data + usrTag.encode())]
        return res

    @logged
    def wrapperCreate(self, params, sid, persId, usrTag):
        return SessionCreateResponse("%s-%s-%d" % (sid, params["sid"], len(params)))

    @logged
    def wrapperWrite(self, handle, *args):
        res = Response()
        res.list = [ResponseData("text", "%s %d" % (handle, len(args)), status=args[0].list[0].status)]
        return callback(res, handle)

    wrapperFini = staticmethod(lambda: 0)


Wrapper = functools.partial(Service, b"> ", legacy=False)
