"""A wrapper that reads address 0 with the fault handler on: run by the driver, not by Python (test_crash.py)."""

import ctypes
import faulthandler

from aiges_embed import Response


class Wrapper:
    def wrapperInit(self, config):
        faulthandler.enable()
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        ctypes.string_at(0)
        return Response()
