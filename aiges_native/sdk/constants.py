"""Constants of the AIGES data types (include/aiges/type.h)."""

STRING, AUDIO, IMAGE, VIDEO = 0, 1, 2, 3
DataText, DataAudio, DataImage, DataVideo = 0, 1, 2, 3
Types = {0: "text", 1: "audio", 2: "image", 3: "video"}

DataBegin, DataContinue, DataEnd, DataOnce = 0, 1, 2, 3
Status = {0: "begin", 1: "continue", 2: "end", 3: "once"}
Once = DataOnce

THREAD_MODE = "thread"
PROCESS_MODE = "process"
