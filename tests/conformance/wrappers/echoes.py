"""The least a wrapper can do, for counting what calls leave; ``do`` = ``blocks``: how many objects there are."""

import gc
import sys

from aiges_embed import Response, ResponseData, SessionCreateResponse, callback

LARGE = 16 << 20


class Wrapper:
    def wrapperInit(self, config):
        self.tags = {}
        self.number = 0
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        do = params.get("do")
        if do == "blocks":
            gc.collect()
            return Response([ResponseData("blocks", str(sys.getallocatedblocks()))])
        if do == "large":
            return Response([ResponseData("large", b"x" * LARGE)])
        if do == "raise":
            raise RuntimeError("told to raise")
        response = Response()
        for node in reqData.list:
            item = ResponseData()
            item.key = node.key
            item.setData(node.data)
            response.list.append(item)
        return response

    def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
        return callback(Response([ResponseData("text", reqData.list[0].data)]), usrTag)

    def wrapperCreate(self, params, sid, persId, usrTag):
        if params.get("do") == "fail":
            return None
        self.number += 1
        handle = f"s{self.number}"
        self.tags[handle] = []
        return SessionCreateResponse(handle)

    def wrapperWrite(self, handle, reqData):
        self.tags[handle].append(reqData.list[0].data)
        return 0

    def wrapperRead(self, handle):
        return Response([ResponseData("text", self.tags[handle].pop(), None, 0, 1)])

    def wrapperDestroy(self, handle):
        del self.tags[handle]
        return 0
