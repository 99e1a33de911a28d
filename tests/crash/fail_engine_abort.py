"""Dies: an engine that calls abort() takes the process with it, and Python's fault handler names the caller."""

import faulthandler
import sys

import aiges_native

faulthandler.enable()
engine = aiges_native.open(sys.argv[1])


def ask_engine():
    engine.exec(b"x", {"die": "abort"})


print("opened", flush=True)
ask_engine()
print("survived", flush=True)
