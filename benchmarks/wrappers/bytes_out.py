"""Answers with bytes of the size that the parameter `out` names: the time must not depend on it."""

from aiges_embed import Response, ResponseData


class Wrapper:
    def wrapperInit(self, config):
        self.made = {str(size): bytes(size) for size in (64, 4096, 65536, 1048576, 16777216)}
        return 0

    def wrapperFini(self):
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        item = ResponseData()
        item.key = "data"
        item.setData(self.made[params["out"]])
        r = Response()
        r.list = [item]
        return r
