"""Dies: with aiges.view = strict a view that outlives its call ends the process, where it is not yet a wild read."""

import sys

import aiges_native

engine = aiges_native.open(sys.argv[1], {"aiges.view": "strict"})
print("opened", flush=True)
engine.exec(b"the host's memory" * 100)
print("survived", flush=True)
