"""Asynchronous echo: a worker thread answers."""

import threading
from queue import SimpleQueue

from aiges_embed import Response, ResponseData, callback


class Wrapper:
    def wrapperInit(self, config):
        self.jobs = SimpleQueue()
        threading.Thread(target=self.work, daemon=True).start()
        return 0

    def wrapperFini(self):
        self.jobs.put(None)
        return 0

    def work(self):
        while (job := self.jobs.get()) is not None:
            data, tag = job
            item = ResponseData()
            item.key = "data"
            item.setData(data)
            r = Response()
            r.list = [item]
            callback(r, tag)

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        return 0

    def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
        self.jobs.put((reqData.get("data").data, usrTag))
        return 0
