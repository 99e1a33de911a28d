"""Real classmethods and a staticmethod, convention C, the model made while the module is imported."""
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges.sdk import *
from aiges.utils.log import log, getFileLogger

import heavyvision

model = heavyvision.Reader(device="cuda")


class Wrapper(WrapperBase):
    serviceId = "cm"
    version = "v1"

    class requestCls:
        input1 = ImageBodyField(key="pic", path="p.png")

    class responseCls:
        accept1 = StringBodyField(key="tag")
        accept2 = StringBodyField(key="text")

    @classmethod
    def wrapperInit(cls, config: {}) -> int:
        cls.filelogger = getFileLogger(level=30)
        cls.ready = "yes"
        return 0

    @classmethod
    def wrapperOnceExec(cls, params: {}, reqData: DataListCls, usrTag: str) -> Response:
        t = ResponseData("tag", str(usrTag).encode())
        d = ResponseData("text", cls.render(reqData), type=DataText, status=Once)
        res = Response()
        res.list += [t]
        res.list.extend([d])
        cls.filelogger.warning("answered %s", res.list)
        return res

    @staticmethod
    def render(reqData):
        return "|".join(t for _, t, _ in model(reqData.get("pic").data))

    @classmethod
    def wrapperFini(cls) -> int:
        return 0

    @classmethod
    def wrapperError(cls, ret: int) -> str:
        return {1: "one"}.get(ret, "")

    @staticmethod
    def wrapperTestFunc(data, respData):
        pass
