from aiges.sdk import *


class Wrapper(WrapperBase):
    def __init__(self, model_path):
        super().__init__()
        self.model_path = model_path

    def wrapperOnceExec(self, params, reqData):
        return Response([ResponseData("a", b"b")])
