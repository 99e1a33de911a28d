"""Looks at the request where it lies: the time must not depend on its size."""

from aiges_embed import Response, ResponseData

EIGHT = bytes(8)


class Wrapper:
    def wrapperInit(self, config):
        return 0

    def wrapperFini(self):
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        view = reqData.get("data").view
        view[0]
        item = ResponseData()
        item.key = "data"
        item.setData(EIGHT)
        r = Response()
        r.list = [item]
        return r
