"""Reads requests in every way; keeps nodes longer than a call."""
import json
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges.sdk import WrapperBase
from aiges.core.types import *
import numpy as np


class Wrapper(WrapperBase):
    serviceId = "reads"
    version = "v1"

    def wrapperInit(self, config):
        self.kept = []
        return 0

    def wrapperOnceExec(self, params, req):
        self.kept.append(req.list[0] if len(req.list) else None)
        seen = {"n": len(req), "keys": [r.key for r in req], "types": [n.type for n in req.list]}
        seen["status"] = [n.status for n in req]
        seen["len"] = [n.len for n in req.list]
        seen["desc"] = [dict(n.desc) for n in req]
        seen["again"] = [r.key for r in req]
        seen["none"] = req.get("no such key") is None
        if len(req):
            node = req[0]
            seen["get_data"] = node.get_data().decode("latin-1")
            seen["same"] = node.get_data() == node.data == bytes(node.view) == np.asarray(node).tobytes()
            seen["instance"] = isinstance(node, DataListNode) and isinstance(req, DataListCls)
            seen["bytes"] = type(node.data) is bytes
            seen["numpy"] = int(np.frombuffer(node.data, np.uint8).sum())
            seen["first"] = req.get(node.key) is req.list[0] or req.get(node.key).data == req.list[0].data
            seen["last"] = req.list[-1].key
            seen["falsy"] = bool(req.get(node.key))
        seen["params"] = {k: v for k, v in sorted(params.items())}
        seen["dict"] = type(params) is dict
        seen["kept"] = [n.data.decode("latin-1") if n is not None else None for n in self.kept]
        return Response([ResponseData("seen", json.dumps(seen))])

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return ""
