from aiges.sdk import *
from aiges_embed import *


class Wrapper(WrapperBase):
    serviceId = "bad"
    version = "v1"

    def wrapperOnceExec(self, image):
        return Response([ResponseData("a", b"b")])

    def wrapperWrite(self, handle, req, sid, chunk, more):
        return 0
