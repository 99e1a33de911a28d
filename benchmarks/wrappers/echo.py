"""Echo as wrappers in the wild write it: get() by key, setData, a new list."""

from aiges_embed import Response, ResponseData


class Wrapper:
    def wrapperInit(self, config):
        return 0

    def wrapperFini(self):
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        item = ResponseData()
        item.key = "data"
        item.setData(reqData.get("data").data)
        r = Response()
        r.list = [item]
        return r
