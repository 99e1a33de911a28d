from aiges.sdk import *
from aiges_embed import *


class Wrapper(WrapperBase):
    serviceId = "bad"
    version = "v1"

    def wrapperInit(self, config):
        return 0

    async def wrapperOnceExec(self, params, reqData):
        return Response([ResponseData("a", b"b")])
