# coding:utf-8
"""A router: a plain class without base that hands requests to services; objects travel in params."""
import json
import os
import sys

from aiges_embed import ResponseData, Response, SessionCreateResponse, callback, callback_metric, callback_trace

import heavyvision


class Stream(object):
    def __init__(self):
        self.said = []


class Vision(object):
    def handle(self, params, reqData):
        params["stream"].said.append("vision")
        return [t for _, t, _ in heavyvision.load_model("x").readtext(reqData.get("image").data)]


class Chat(object):
    def handle(self, params, reqData):
        params["stream"].said.append("chat")
        return [node.key + "=" + node.data.decode() for node in reqData.list]


class Wrapper:
    def __init__(self):
        self.services = {"vision": Vision(), "chat": Chat()}

    def wrapperInit(self, config):
        self.config = config
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        service = self.services.get(params.get("service"))
        if service is None:
            return -1
        params["stream"] = Stream()
        out = service.handle(params, reqData)
        callback_metric(usrTag, "calls", len(out))
        callback_trace(usrTag, "service", params["service"])
        data = ResponseData()
        data.key = "out"
        data.setData(json.dumps({"out": out, "said": params["stream"].said, "pers": persId, "tag": usrTag}))
        resp = Response()
        resp.list.append(data)
        return resp
