"""An event loop in a thread; answers by callback, many for one request; meters and traces."""
import asyncio
import json
import threading
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse, callback, callback_metric, callback_trace
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse, callback, callback_metric, callback_trace
from aiges.core.types import *
from aiges.sdk import WrapperBase, StringParamField, JsonBodyField, StringBodyField
from aiges.utils.log import log, getFileLogger


class UserRequest(object):
    params1 = StringParamField(key="max_tokens", value="3")
    input1 = JsonBodyField(key="messages", value=[{"role": "user", "content": "one two three four"}])


class UserResponse(object):
    accept1 = StringBodyField(key="content")


def resp_content(status, index, text):
    content = ResponseData()
    content.key = "content"
    content.setDataType(DataText)
    content.status = status
    content.setData(json.dumps({"choices": [{"content": text, "index": index}]}, ensure_ascii=False).encode("utf-8"))
    return content


class Wrapper(WrapperBase):
    serviceId = "llm"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tasks = {}

    def wrapperInit(self, config: {}) -> int:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.filelogger = getFileLogger()
        return 0

    async def generate(self, params, messages, usrTag):
        words = messages[-1]["content"].split()[: int(params.get("max_tokens", 100))]
        for i, word in enumerate(words):
            await asyncio.sleep(0)
            if word == "boom":
                res = Response()
                res.error_code = 10013
                callback(res, usrTag)
                return
            status = DataEnd if i == len(words) - 1 else (DataBegin if i == 0 else DataContinue)
            res = Response()
            res.list = [resp_content(status, i, word)]
            if callback(res, usrTag) != 0:
                self.filelogger.info("client %s is gone", usrTag)
        callback_metric(usrTag, "tokens", len(words))
        callback_trace(usrTag, "sid", params.get("sid", ""))

    async def guarded(self, params, messages, usrTag):
        try:
            await self.generate(params, messages, usrTag)
        except Exception as e:
            self.filelogger.error("failed %s", e)
            callback(Response().response_err(10014), usrTag)

    def wrapperOnceExecAsync(self, params: {}, reqData: DataListCls, usrTag: str, persId: int) -> int:
        try:
            messages = json.loads(reqData.get("messages").data.decode("utf-8"))
        except ValueError:
            return 10012
        asyncio.run_coroutine_threadsafe(self.guarded(params, messages, usrTag), self.loop)
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        return None

    def wrapperCreate(self, params: {}, sid: str, persId: int = 0, usrTag: str = "") -> SessionCreateResponse:
        s = SessionCreateResponse()
        s.handle = usrTag
        s.error_code = 0
        self.tasks[s.handle] = params
        return s

    def wrapperWrite(self, handle: str, req: DataListCls) -> int:
        messages = json.loads(req.get("messages").data)
        asyncio.run_coroutine_threadsafe(self.guarded(self.tasks[handle], messages, handle), self.loop)
        return 0

    def wrapperRead(self, handle: str) -> Response:
        return Response()

    def wrapperDestroy(self, handle: str) -> int:
        self.tasks.pop(handle)
        return 0

    def wrapperFini(self) -> int:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()
        return 0

    def wrapperError(self, ret: int) -> str:
        return {10012: "messages are not JSON", 10013: "the model failed", 10014: "the service failed"}.get(ret, "")


if __name__ == '__main__':
    m = Wrapper()
    m.run()
