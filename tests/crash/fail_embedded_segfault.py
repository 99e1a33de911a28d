"""A wrapper that enables the fault handler and reads address 0: run by the driver, not by Python (see test_crash.py)."""

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
