"""Its life is as the config says: ``init``, ``fini`` (none, raise, or a number), ``constructor``."""

import os
import threading

from aiges_embed import Response, ResponseData, SessionCreateResponse

lives = 0


def outcome(what):
    if what == "raise":
        raise RuntimeError("told to raise")
    return None if what == "none" else int(what)


class Wrapper:
    def __init__(self):
        if os.environ.get("LIFE_CONSTRUCTOR"):
            raise ValueError("no such life")

    def wrapperInit(self, config):
        global lives
        lives += 1
        self.fini = config.get("fini", "0")
        self.gate = threading.Event()
        return outcome(config.get("init", "0"))

    def wrapperFini(self):
        return outcome(self.fini)

    def wrapperError(self, code):
        return f"text of {code}"

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        if params.get("do") == "lives":
            return Response([ResponseData("lives", str(lives))])
        if params.get("do") == "hold":
            self.gate.wait(float(params["seconds"]))
        return Response([ResponseData("answer", node.data) for node in reqData.list])

    def wrapperCreate(self, params, sid, persId, usrTag):
        return SessionCreateResponse("handle")

    def wrapperRead(self, handle):
        return Response([ResponseData("piece", b"piece", None, 0, 1)])

    def wrapperDestroy(self, handle):
        raise AssertionError("Fini drops sessions without asking")
