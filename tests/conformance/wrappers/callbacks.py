"""Sessions and callbacks; one-shot calls tell it what to do: params ``do``."""

import threading
import time

from aiges_embed import Response, ResponseData, SessionCreateResponse, callback, callback_metric, callback_trace


class Wrapper:
    def wrapperInit(self, config):
        self.tags = {}
        self.written = {}
        self.gates = {}
        self.waiting = set()  # names of gates at which a call has waited
        self.number = 0
        self.destroyed = 0
        self.resources = {}
        return 0

    def wrapperFini(self):
        return 0

    def wrapperError(self, code):
        return f"text of {code}"

    # One-shot: commands

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        do = params.get("do")
        if do is None:
            return Response([ResponseData("answer", node.data) for node in reqData.list])
        return Response([ResponseData("answer", str(getattr(self, "do_" + do)(params)))])

    def do_say(self, params):
        return callback(self.response(params), params.get("tag"), params.get("third"))

    def do_say_in_thread(self, params):
        threading.Thread(target=self.do_say, args=(params,), daemon=True).start()
        return 0

    def do_say_from_many(self, params):
        threads = [threading.Thread(target=self.do_say, args=(params,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(threads)

    def response(self, params):
        what = params.get("what")
        if what:
            return {"none": None, "text": "text", "class": Response, "empty": Response(), "bad": Response([None])}[what]
        if "error" in params:
            return Response(error_code=int(params["error"]))
        return Response([ResponseData("text", params.get("text", ""), None, 0, int(params.get("status", 3)))])

    def do_meter(self, params):
        return callback_metric("tag", "meter", 7)

    def do_trace(self, params):
        return callback_trace("tag", "key", "value")

    def do_destroyed(self, params):
        return self.destroyed

    def do_hold(self, params):
        return self.wait_at(params["gate"])

    def do_waits(self, params):
        return int(params["gate"] in self.waiting)

    def wait_at(self, name):
        gate = self.gates.setdefault(name, threading.Event())
        self.waiting.add(name)
        return gate.wait(60)

    def do_open(self, params):
        self.gates.setdefault(params["gate"], threading.Event()).set()
        return 0

    def do_spin(self, params):
        end = time.monotonic() + float(params["seconds"])
        while time.monotonic() < end:
            pass
        return 0

    def do_resources(self, params):
        return sorted(self.resources.items())

    # Asynchronous

    def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
        how = params["how"]
        if how == "inline":
            return callback(Response([ResponseData("text", reqData.list[0].data)]), usrTag)
        if how == "later":
            node = reqData.list[0]
            threading.Thread(target=self.answer_later, args=(node, usrTag), daemon=True).start()
            return 0
        if how == "sid":
            return callback(Response([ResponseData("text", "by sid")]), params["sid"])
        if how == "code":
            return 4711
        if how == "raise":
            raise RuntimeError("told to raise")
        return {"never": 0, "none": None}[how]

    def answer_later(self, node, tag):
        time.sleep(0.05)
        callback(Response([ResponseData("text", node.data)]), tag)

    # Sessions

    def wrapperCreate(self, params, sid, persId, usrTag):
        self.number += 1
        handle = f"session {self.number}"
        self.tags[handle] = usrTag
        self.written[handle] = []
        if "early" in params:
            callback(Response([ResponseData("text", "early", None, 0, 1)]), usrTag)
        return SessionCreateResponse(handle)

    def wrapperWrite(self, handle, reqData):
        for node in reqData.list:
            text = node.data.decode()
            if text.startswith("wait "):
                self.wait_at(text[5:])
            self.written[handle].append(text)
            callback(Response([ResponseData("text", text, None, 0, node.status)]), self.tags[handle])
        return 0

    def wrapperRead(self, handle):
        pieces = self.written[handle]
        if pieces and pieces[0].startswith("block "):
            self.wait_at(pieces[0][6:])
        return Response([ResponseData("text", pieces.pop(0), None, 0, 1)]) if pieces else Response()

    def wrapperDestroy(self, handle):
        self.destroyed += 1
        return 0

    # Resources

    def wrapperLoadRes(self, reqData, patch_id):
        self.resources[patch_id] = reqData.list[0].data.decode()
        return 0

    def wrapperUnloadRes(self, patch_id):
        return 0 if self.resources.pop(patch_id, None) is not None else 4040
