"""All three keywords of the constructor, every field and argument that schemas know."""
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges.sdk import WrapperBase, StringParamField, NumberParamField, IntegerParamField, BooleanParamField, \
    StringBodyField, JsonBodyField, ImageBodyField, AudioBodyField, SUB, CALL, HOSTS


class UserRequest(object):
    p1 = StringParamField(key="mode", enums=["fast", 'say "hi"', "慢"], value="fast", required=True, description="how")
    p2 = StringParamField("free", 2, 8, value="free")
    p3 = NumberParamField(key="heat", minimum=0.0, maximum=1.5, value=0.7)
    p4 = IntegerParamField(key="top", minimum=1, maximum=50, value=5)
    p5 = BooleanParamField(key="debug", title="Debug", default=False)
    p6 = NumberParamField(key="choice", enums=[1, 2.5], value=1)
    input1 = StringBodyField(key="text", value=b"t", need_base64=True, encoding="gb2312", format="plain", compress="raw", status=3)
    ctrl = JsonBodyField(key="json", value={"a": [1, "b", None]}, need_base64=False)
    accept_outputs = ImageBodyField(key="image", path="i.png", encoding="webp")
    input3 = AudioBodyField(key="sound", path="s.wav", encoding="lame", format="plain", compress="raw")


class UserResponse(object):
    accept1 = StringBodyField(key="text")
    accept2 = JsonBodyField(key="data")
    accept3 = ImageBodyField(key="picture")
    accept4 = AudioBodyField(key="voice")


class Wrapper(WrapperBase):
    serviceId = "all_fields"
    version = "v9"
    call_type = "1"
    call = CALL
    sub = SUB
    hosts = HOSTS[0]
    webgate_type = 2
    route = ["/v9/private/all_fields", "/v9/all"]
    requestCls = UserRequest()
    responseCls = UserResponse()

    def __init__(self, *args, **kwargs):
        super().__init__(legacy=False, is_aipaas=False, keep_schema_default_value=False)

    def wrapperInit(self, config):
        return 0

    def wrapperOnceExec(self, params, reqData):
        return Response([
            ResponseData("text", ",".join(sorted(params))),
            ResponseData("data", "[%d]" % len(reqData)),
            ResponseData("picture", b"\x89PNG", type=2),
            ResponseData("voice", b"RIFF", type=1),
        ])

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return ""
