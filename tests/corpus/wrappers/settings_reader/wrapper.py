"""Reads its settings: licences as a number, levels, addresses, the environment, files by relative path."""
import os
import logging
try:
    from aiges_embed import ResponseData, Response, DataListCls
except:
    from aiges.dto import Response, ResponseData, DataListCls
from aiges.sdk import WrapperBase, StringBodyField, StringParamField, log
import json


class UserRequest(object):
    params1 = StringParamField(key="p", value="1")
    input1 = StringBodyField(key="text", value=b"x")


class UserResponse(object):
    accept1 = JsonBodyField(key="settings") if "JsonBodyField" in globals() else StringBodyField(key="settings")


class Wrapper(WrapperBase):
    serviceId = "settings"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()
    config = {"common.lic": 4, "model.url": "mock://model", "debug": True}

    def wrapperInit(self, config: {}) -> int:
        total = config.get("common.lic")
        self.seen = {
            "total": [int(total), total > 0, total + 1, list(range(total))[-1], "lic " + total, total == "4", total == 4],
            "type": isinstance(total, str),
            "max": max(total, 3) + 0,
            "format": "%d %s %s" % (int(total), total, f"{total:>3}"),
            "url": config.get("model.url", "none"),
            "debug": config.get("debug", "?"),
            "missing": config.get("nothing.here", None),
            "mode": os.environ.get("SETTINGS_MODE", "unset"),
            "plain": type(config) is dict,
        }
        logging.getLogger("settings").setLevel(config.get("log_level", "INFO").upper())
        if config.get("model.url", "") == "":
            return 20404
        return 0

    def wrapperOnceExec(self, params: {}, reqData: DataListCls) -> Response:
        l = ResponseData()
        l.key = "settings"
        l.status = 3
        l.setData(json.dumps(self.seen, sort_keys=True))
        res = Response()
        res.list = [l]
        return res

    def wrapperFini(self) -> int:
        return 0

    def wrapperError(self, ret: int) -> str:
        if ret == 20404:
            return "set model.url"
        return ""
