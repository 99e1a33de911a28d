#!/usr/bin/env python
# coding:utf-8
"""
@desc: page OCR service
"""
import json
import os.path

try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls  # c++
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges.sdk import WrapperBase, ImageBodyField, StringBodyField, StringParamField
from aiges.core.types import *
from aiges.utils.log import log, getFileLogger

import heavyvision


class UserRequest(object):
    params1 = StringParamField(key="lang", enums=["ch", "en"], value="ch")
    input1 = ImageBodyField(key="img", path="test_data/page.png")


class UserResponse(object):
    accept1 = StringBodyField(key="boxes")


class Wrapper(WrapperBase):
    serviceId = "page_ocr"
    version = "v2.0"
    requestCls = UserRequest()
    responseCls = UserResponse()
    model = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.errors = {10001: "picture cannot be read"}
        self.filelogger = None

    def wrapperInit(cls, config: {}) -> int:
        log.info("Initializing ...")
        cls.model = heavyvision.load_model("weights.bin")
        cls.filelogger = getFileLogger()
        return 0

    def wrapperOnceExec(cls, params: {}, reqData: DataListCls) -> Response:
        log.info("got reqdata , %s" % reqData.list)
        cls.filelogger.info("params %s", params)
        imagebytes = reqData.get("img").data
        res = Response()
        try:
            found = cls.model.readtext(imagebytes)
        except ValueError:
            return res.response_err(10001)
        r = json.dumps({"lang": params.get("lang", "?"), "lines": [line[1] for line in found]})
        l = ResponseData()
        l.key = "boxes"
        l.setDataType(DataText)
        l.status = Once
        l.setData(r.encode("utf-8"))
        res.list = [l]
        return res

    def wrapperFini(cls) -> int:
        return 0

    def wrapperError(cls, ret: int) -> str:
        if ret in cls.errors:
            return cls.errors[ret]
        return ""

    def wrapperTestFunc(cls, data: [], respData: []):
        pass


if __name__ == '__main__':
    m = Wrapper()
    m.schema()
    m.run()
