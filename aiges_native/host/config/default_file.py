"""The commented ``aiges.toml`` of a new service."""

from __future__ import annotations

import os

_TEXT = """\
# Settings of the service. Lines that begin with #key show defaults. `aiges-native config show` tells what is in force,
# and what said so. Any key can also come from the environment: AIGES_FC__MAX is max of [fc].

[svcName] # the section is chosen by --service
host = "0.0.0.0" # gRPC; 127.0.0.1: this machine only
port = 5090 # 0: one that is free, printed at start
#maxreceive = 67108864 # bytes, of one message
#maxsend = 67108864
#rate = 0 # one more request is let in every so many milliseconds; 0: no limit
#burst = 0 # how many may come at once when there is a rate
#finder = 0 # 1: register in discovery

[http]
listen = "0.0.0.0:1888" # HTTP and WebSocket; health and metrics are told one port above
#requestTimeout = 120 # seconds
#schema = "" # a JSON schema file in the form of AIGES, for an engine that declares nothing itself
#validate = "auto" # strict: requests must match the schema; compat: they are counted if not
#fetchAllow = [] # origins from which data is fetched that a request names by its address: "https://files.example"
#cors = "*"

[aiges]
#asyncMode = false # call the engine asynchronously where it can
#realTimeRlt = true # results leave as they come; false: after the last input
#headerPass = "" # names of the request header that the engine gets as params, separated by ;
#usrCfg = "" # a TOML file whose keys the engine gets in place of [wrapper]
#httpRetry = 1 # how often data named by an address is tried to be fetched
#gray = false # true: all metrics have the label gray="true"

# Each key of [wrapper] reaches wrapperInit(config) as text, under its whole name.
[wrapper]
"common.lic" = "10" # how many requests or sessions may run at once

[engine]
#path = "" # a library, a wrapper's folder, or a name found in library/
#isolate = "auto" # none: in this process; process: in processes of its own; auto: Python wrappers in processes
#workers = 1 # processes of an isolated engine, or "auto": one for each CPU

[fc]
max = {cpus} # sessions at once; this machine has as many CPUs
ttl = 15000 # milliseconds until an idle session of RPC ends
#queue = 0 # requests that may wait for a slot
#queueWait = 1000 # milliseconds

[ws]
#readTimeout = 15 # seconds
#sessionTimeout = 180 # seconds

[metrics]
#able = true # false: there is no /metrics
#idc = "" # labels of all metrics, as sub and cs
#sub = ""
#cs = ""

[drain]
#timeout = 20 # seconds that running sessions are given when the service ends

[log]
level = "info" # debug, info, warn, error, fatal
#file = "" # empty: stderr
#size = 10 # megabytes
#count = 10
#die = 10 # days

# Several engines: a section [engines.NAME] for each, and [engines.NAME.wrapper]. What it leaves out comes from above.
"""


def default_file() -> str:
    """The text that ``config init`` writes: it loads without findings, and ``max`` is the number of CPUs."""
    return _TEXT.format(cpus=len(os.sched_getaffinity(0)))
