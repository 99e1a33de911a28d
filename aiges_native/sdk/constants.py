"""Constants of the AIGES data types (include/aiges/type.h)."""

STRING, AUDIO, IMAGE, VIDEO = 0, 1, 2, 3
DataText, DataAudio, DataImage, DataVideo = 0, 1, 2, 3
Types = {0: "text", 1: "audio", 2: "image", 3: "video"}

DataBegin, DataContinue, DataEnd, DataOnce = 0, 1, 2, 3
Status = {0: "begin", 1: "continue", 2: "end", 3: "once"}
Once = DataOnce

THREAD_MODE = "thread"
PROCESS_MODE = "process"

#: Facts of the service description, and the code by which a loader told a wrapper to end. Only by name: what follows
#: from the data types is all that `import *` gives.
SUB = "ase"
CALL = "atmos"
CALL_TYPE = 0
HOSTS = ["api.xf-yun.com"]
ROUTEKEY: list[str] = []
type_map = {"text": STRING, "audio": AUDIO, "image": IMAGE, "video": VIDEO}
EXIT_SIG = -1

__all__ = [
    "AUDIO",
    "IMAGE",
    "PROCESS_MODE",
    "STRING",
    "THREAD_MODE",
    "VIDEO",
    "DataAudio",
    "DataBegin",
    "DataContinue",
    "DataEnd",
    "DataImage",
    "DataOnce",
    "DataText",
    "DataVideo",
    "Once",
    "Status",
    "Types",
]
