"""Every method raises what it is told to: params ``do``; for a session also ``in``, the method that raises."""

from aiges_embed import Response, ResponseData, SessionCreateResponse


class Unprintable(Exception):
    def __str__(self):
        raise ValueError("no text for you")

    __repr__ = __str__


def deeper():
    return deeper() + 1


def throw(what):
    if what == "recursion":
        deeper()
    raise {
        "exception": RuntimeError("told to raise"),
        "system_exit": SystemExit(3),
        "keyboard": KeyboardInterrupt(),
        "memory": MemoryError(),
        "unprintable": Unprintable(),
        "surrogate": ValueError("odd \udcff text"),
        "generator": GeneratorExit(),
        "stop": StopIteration(5),
        "base": BaseException("base"),
    }[what]


class Wrapper:
    resource_fails = False

    def wrapperInit(self, config):
        return 0

    def wrapperFini(self):
        return 0

    def wrapperError(self, code):
        throw("exception")

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        if "do" in params:
            seen = [node.data for node in reqData.list]  # a local of the frame: the traceback keeps it
            throw(params["do"])
            return seen
        if "resource_fails" in params:
            self.resource_fails = params["resource_fails"] == "1"
        return Response([ResponseData("answer", node.data) for node in reqData.list])

    def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
        throw(params["do"])

    def wrapperCreate(self, params, sid, persId, usrTag):
        if params["in"] == "create":
            throw(params["do"])
        return SessionCreateResponse(f"{params['in']}:{params['do']}")

    def perhaps(self, handle, method):
        where, what = handle.split(":")
        if where == method:
            throw(what)

    def wrapperWrite(self, handle, reqData):
        self.perhaps(handle, "write")
        return 0

    def wrapperRead(self, handle):
        self.perhaps(handle, "read")
        return Response()

    def wrapperDestroy(self, handle):
        self.perhaps(handle, "destroy")
        if handle.startswith("code"):
            return 4321
        return None

    def wrapperLoadRes(self, reqData, patch_id):
        if self.resource_fails:
            throw("exception")
        return 0

    def wrapperUnloadRes(self, patch_id):
        if self.resource_fails:
            throw("exception")
        return 0
