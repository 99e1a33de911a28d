"""Hot words and models as resources: LoadRes with an archive, requests that name one, UnloadRes."""
import io
import tarfile
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls, SessionCreateResponse
from aiges.sdk import WrapperBase, StringBodyField


class UserRequest(object):
    input1 = StringBodyField(key="text", value="q")


class UserResponse(object):
    accept1 = StringBodyField(key="found")


class Wrapper(WrapperBase):
    serviceId = "res"
    version = "v1"
    requestCls = UserRequest()
    responseCls = UserResponse()

    def wrapperInit(self, config):
        self.resources = {}
        self.log = []
        return 0

    def wrapperLoadRes(self, reqData: DataListCls, resId: str) -> int:
        node = reqData.list[0]
        self.log.append("load %s %s %d %d" % (type(resId).__name__, resId, node.type, node.status))
        if not node.data:
            return 40
        with tarfile.open(fileobj=io.BytesIO(node.data)) as archive:
            self.resources[resId] = {m.name: archive.extractfile(m).read().decode() for m in archive.getmembers()}
        return 0

    def wrapperUnloadRes(self, resId: str) -> int:
        self.log.append("unload " + resId)
        return 0 if self.resources.pop(resId, None) else 41

    def wrapperOnceExec(self, params, reqData, usrTag="", persId=0):
        word = reqData.get("text").data.decode()
        if word == "log":
            found = "; ".join(self.log)
        else:
            found = ",".join(str(r.get(word, "?")) for r in self.resources.values()) + " for %d" % persId
        return Response([ResponseData("found", found.encode())])

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return {40: "empty resource", 41: "not loaded"}.get(ret, "")
