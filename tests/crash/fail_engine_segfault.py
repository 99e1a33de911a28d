"""Dies: a C engine reads address 0, on a thread of the host; the fault handler shows that thread's Python frames."""

import faulthandler
import sys
import threading

import aiges_native

faulthandler.enable()
engine = aiges_native.open(sys.argv[1])


def ask_engine():
    engine.exec(b"x", {"die": "segfault"})


print("opened", flush=True)
thread = threading.Thread(target=ask_engine)
thread.start()
thread.join()
print("survived", flush=True)
