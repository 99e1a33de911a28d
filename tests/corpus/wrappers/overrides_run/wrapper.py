"""Overrides run_once for a fuller check of its own, then calls the base's."""
try:
    from aiges_embed import *
except:
    from aiges.dto import *
from aiges.sdk import *
from aiges.core.types import *


class UserRequest(object):
    input1 = StringBodyField(key="a", value=b"1")
    input2 = StringBodyField(key="b", value=b"2")


class UserResponse(object):
    accept1 = StringBodyField(key="sum")


class Wrapper(WrapperBase):
    serviceId = "override"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()
    warm = False

    def wrapperInit(self, config):
        return 0

    def wrapperOnceExec(self, params, reqData):
        total = sum(int(reqData[i].data) for i in range(len(reqData)))
        return Response(list=[ResponseData(key="sum", data=b"%d" % total, length=len(b"%d" % total))], error_code=0)

    def run_once(self, **options):
        self.warm = True
        self.config = {"warm": "yes"}
        options["inputs"] = {"a": b"40", **(options.get("inputs") or {})}
        result = super().run_once(**options)
        result.checked_by = "me"
        return result

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return ""


if __name__ == "__main__":
    Wrapper().run()
