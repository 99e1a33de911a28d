"""Its life is as the config says: ``init``, ``fini`` (none, raise, or a number), ``constructor``."""

import os
import threading
import time

from aiges_embed import Response, ResponseData, SessionCreateResponse

lives = 0
# Of the module, which all lives share: a call that the last life kept can be asked for and let go in the next.
let_go = threading.Event()
holding = 0
held_until = 0.0


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
        return outcome(config.get("init", "0"))

    def wrapperFini(self):
        return outcome(self.fini)

    def wrapperError(self, code):
        return f"text of {code}"

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        do = params.get("do")
        if do in ("lives", "holding", "held_until"):
            return Response([ResponseData(do, str(globals()[do]))])
        if do == "hold":
            self.hold(float(params["seconds"]))
        if do == "let_go":
            let_go.set()
        return Response([ResponseData("answer", node.data) for node in reqData.list])

    def hold(self, seconds):
        global holding, held_until
        let_go.clear()
        holding = 1
        let_go.wait(seconds)
        holding = 0
        held_until = time.monotonic()

    def wrapperCreate(self, params, sid, persId, usrTag):
        return SessionCreateResponse("handle")

    def wrapperRead(self, handle):
        return Response([ResponseData("piece", b"piece", None, 0, 1)])

    def wrapperDestroy(self, handle):
        raise AssertionError("Fini drops sessions without asking")
