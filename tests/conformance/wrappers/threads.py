"""Uses what threads may expect: ``threading.local``, and it tells how many thread states there are."""

import sys
import threading

from aiges_embed import Response, ResponseData

local = threading.local()


class Wrapper:
    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        local.calls = getattr(local, "calls", 0) + 1
        do = params.get("do")
        if do == "calls":
            return Response([ResponseData("calls", str(local.calls))])
        if do == "states":
            return Response([ResponseData("states", str(len(sys._current_frames())))])
        if do == "background":
            threading.Thread(target=self.shout, daemon=params.get("daemon") == "1").start()
        if do == "sleep":
            threading.Event().wait(30)
        return Response([ResponseData("answer", node.data) for node in reqData.list])

    def shout(self):
        threading.Event().wait(30)
        raise RuntimeError("in a thread at shutdown")
