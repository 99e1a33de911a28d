"""Imports a top-level `sdk`; star imports everywhere; the names of the standard library come from them."""
from sdk import *
from aiges_embed import *
from aiges.core.types import *
from aiges.stream import HandleThread, ReqHandleThread
from aiges.concurrent.pool import Pool as AnyPool


class UserRequest(object):
    input1 = StringBodyField(key="text", value=b"x")


class UserResponse(object):
    accept1 = StringBodyField(key="text")


class Wrapper(WrapperBase):
    serviceId = "old"
    version = "v0"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def __init__(self):
        WrapperBase.__init__(self)
        self.lock = Lock()
        self.q = queue.Queue()

    def wrapperInit(self, config):
        self.started = time.time()
        self.pid = os.getpid()
        self.process = Process(target=print, daemon=True)
        return 0 if sys.version_info >= (3, 6) else 1

    def wrapperOnceExec(self, params, reqData):
        pprint({"keys": [node.key for node in reqData]}, stream=sys.stderr)
        with self.lock:
            text = base64.b64encode(reqData.get("text").data).decode()
            t = threading.Thread(target=self.q.put, args=(json.dumps({"text": text, "thread": THREAD_MODE}),))
            t.start()
            t.join()
            l = ResponseData()
            l.key = "text"
            l.setData(self.q.get())
            l.setDataType(Types[0] == "text" and DataText)
            res = Response()
            res.list.insert(0, l)
            return res

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return Status.get(ret, "")
