"""A streaming echo: keeps what is written."""

from aiges_embed import SessionCreateResponse


class Wrapper:
    def wrapperInit(self, config):
        self.sessions = {}
        self.count = 0
        return 0

    def wrapperFini(self):
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        return 0

    def wrapperCreate(self, params, sid, persId, usrTag):
        self.count += 1
        handle = "session-" + str(self.count)
        self.sessions[handle] = []
        return SessionCreateResponse(handle)

    def wrapperWrite(self, handle, reqData):
        self.sessions[handle].append(reqData.list[0].data)
        return 0

    def wrapperDestroy(self, handle):
        del self.sessions[handle]
        return 0
