"""Prints from a file with an odd name's worth of odd text."""

import sys

from aiges_embed import Response, ResponseData


class Wrapper:
    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        print("drucke: äöü 中文 😀")
        print("to stderr: 中文", file=sys.stderr)
        sys.stdout.flush()
        return Response([ResponseData("answer", node.data) for node in reqData.list])
