"""Keeps a view of request data past its call, which is wrong."""

from aiges_embed import Response, ResponseData

kept = []


class Wrapper:
    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        kept.append(reqData.list[0].view)
        return Response([ResponseData("data", b"x")])
