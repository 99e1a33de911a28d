"""Convention A: functions of a module, a list to fill, dicts for nodes."""
import json

RESP = {}


def wrapperInit(config):
    RESP["prefix"] = config.get("prefix", "?")
    return 0


def wrapperFini():
    return 0


def wrapperError(errNum):
    return "code %d" % errNum


def wrapperCreate(usrTag, params, psrIds, psrCnt):
    return "handle-" + usrTag


def wrapperWrite(handle, datas):
    return 0


def wrapperDestroy(handle):
    return 0


def wrapperOnceExec(usrTag, params, reqData, respData, psrIds, psrCnt):
    if len(reqData) == 0:
        return 10
    for item in reqData:
        if item["key"] == "skip":
            continue
        respData.append({
            "key": RESP["prefix"] + item["key"],
            "data": item["data"].upper(),
            "len": len(item["data"]),
            "status": 3,
            "type": item["type"],
        })
    respData.append({"key": "info", "data": json.dumps([usrTag, params["p"], list(psrIds), psrCnt]), "status": 3, "type": 0})
    return 0
