"""Prints, starts programs, uses the interpreter's own facts, context variables, thread locals, warnings."""
import asyncio
import atexit
import multiprocessing
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import lru_cache, partial, wraps
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges.sdk import WrapperBase, StringBodyField
from aiges.utils.log import log, getFileLogger, getLogger, fmt, level, logpath
import numpy as np


def timed(func):
    @wraps(func)
    def inner(*args, **kwargs):
        start = time.time()
        try:
            return func(*args, **kwargs)
        finally:
            print("took", time.time() - start)
    return inner


def spawned(path):
    return subprocess.check_output([sys.executable, "-c", "import sys; print(sys.argv[1][::-1])", path]).decode().strip()


@lru_cache(maxsize=None)
def cached(text):
    return text.title()


class UserRequest(object):
    input1 = StringBodyField(key="do", value=b"spawn")


class UserResponse(object):
    accept1 = StringBodyField(key="done")


class Wrapper(WrapperBase):
    serviceId = "tools"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()
    local = threading.local()
    lock = threading.RLock()

    def wrapperInit(self, config):
        self.printPythonInfo()
        self.filelogger = getFileLogger(name="tools")
        atexit.register(lambda: None)
        self.dir = tempfile.TemporaryDirectory()
        return 0

    @timed
    def wrapperOnceExec(self, params, reqData, **kwargs):
        do = reqData.get("do").data.decode()
        self.filelogger.info("doing %s", do)
        sys.stderr.write("to stderr\n")
        done = getattr(self, "do_" + do)(**params)
        res = Response()
        res.list = [ResponseData("done", str(done))]
        return res

    def do_spawn(self, **params):
        return spawned("abc")

    def do_threads(self, **params):
        with ThreadPoolExecutor(4) as executor:
            return sum(executor.map(partial(pow, 2), range(10)))

    def do_processes(self, **params):
        with ProcessPoolExecutor(1) as executor:
            return executor.submit(len, "abcd").result(20)

    def do_fresh_processes(self, **params):
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as executor:
            return executor.submit(len, "abcde").result(20)

    def do_asyncio(self, **params):
        async def both():
            return await asyncio.gather(asyncio.sleep(0, "a"), asyncio.to_thread(len, "bc"))
        return asyncio.run(both())

    def do_argv(self, **params):
        return isinstance(sys.argv, list)

    def do_main(self, **params):
        return __name__ != "__main__" and "__main__" in sys.modules

    def do_module(self, **params):
        return sys.modules[type(self).__module__].Wrapper is type(self)

    def do_file(self, **params):
        path = os.path.join(self.dir.name, "file")
        with open(path, "wb") as out:
            out.write(b"data")
        self.filelogger.handlers[0].flush()
        return os.path.getsize(path)

    def do_log(self, **params):
        for handler in self.filelogger.handlers:
            handler.flush()
        return "doing log" in open(os.path.join(os.environ["AIGES_LOG_DIR"], "tools.log")).read()

    def do_numpy(self, **params):
        return float(np.linalg.norm(np.array([3.0, 4.0])))

    def do_signal(self, **params):
        import signal
        try:
            return signal.getsignal(signal.SIGTERM) is not None
        except ValueError:
            return "no"

    def do_warn(self, **params):
        warnings.warn("deprecated")
        logging.warning("to the root")
        return len(logging.getLogger("aiges").handlers) >= 0

    def do_cache(self, **params):
        return cached("a title")

    def do_pickle(self, **params):
        import pickle
        return pickle.loads(pickle.dumps(UserRequest())).__class__ is UserRequest

    def do_encoding(self, **params):
        print("打印 é \ud800".encode("utf-8", "replace").decode())
        return sys.getdefaultencoding() + sys.getfilesystemencoding()

    def do_local(self, **params):
        self.local.n = getattr(self.local, "n", 0) + 1
        return self.local.n >= 1

    def wrapperFini(self):
        self.dir.cleanup()
        return 0

    def wrapperError(self, ret):
        return ""
