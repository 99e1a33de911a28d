"""Answers with a description of what it was given, and keeps every request object it ever saw."""

import gc
import json

from aiges_embed import Response, ResponseData, callback


class Wrapper:
    def wrapperInit(self, config):
        self.config = dict(config)
        self.kept = []
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        do = params.get("do")
        if do == "kept":
            return self.text(self.kept_sizes())
        if do == "copies":
            return Response([ResponseData(f"k{n % 2}", str(n).encode()) for n in range(1000)])
        if do == "len0":
            return Response([ResponseData("none", b""), ResponseData("text", ""), ResponseData("array", bytearray())])
        if do == "config":
            return self.text(self.config)
        if do == "keep":
            self.kept.append((params, reqData, list(reqData.list)))
            return self.text("kept")
        if do == "keep_unseen":
            self.kept.append((params, reqData, reqData))
            return self.text("kept")
        if do == "echo":
            items = [ResponseData(node.key, node.data, None, node.type, node.status) for node in reqData.list]
            for item, node in zip(items, reqData.list, strict=True):
                item.desc = node.desc
            return Response(items)
        if do is None and set(params) == {"sid"} and reqData.list and reqData.list[0].data == b"are you well":
            return Response([ResponseData("answer", reqData.list[0].data)])
        shown = {
            "params": params,
            "nodes": [[n.key, n.data.hex(), n.len, n.type, n.status, n.desc] for n in reqData.list],
            "tag": usrTag,
            "persId": persId,
        }
        return self.text(shown)

    def kept_sizes(self):
        gc.collect()
        return [[len(list(data)), sum(len(node.data) for node in nodes), nodes[0].key] for _, data, nodes in self.kept]

    def text(self, shown):
        return Response([ResponseData("shown", json.dumps(shown, sort_keys=True).encode())])

    def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
        return 0 if callback(Response([ResponseData("tag", repr(usrTag))]), usrTag) == 0 else 1
