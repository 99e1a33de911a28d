"""Echo by the other common spelling: first node of the list, attributes, append."""

from aiges_embed import Response, ResponseData


class Wrapper:
    def wrapperInit(self, config):
        return 0

    def wrapperFini(self):
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        data = reqData.list[0].data
        r = Response()
        item = ResponseData()
        item.key = "data"
        item.data = data
        item.len = len(data)
        item.status = 3
        r.list.append(item)
        return r
