"""Speech out of text: numpy samples, keyword constructors, a class (not an object) as requestCls."""
try:
    from aiges_embed import *
except:
    from aiges.dto import *
from aiges.sdk import WrapperBase, StringBodyField, AudioBodyField, NumberParamField, IntegerParamField, BooleanParamField
from aiges.utils.log import log, getLogger
import numpy


class UserRequest:
    speed = NumberParamField("speed", 0.5, 2, value=1)
    pitch = IntegerParamField("pitch", minimum=-10, maximum=10, value=0)
    loud = BooleanParamField(key="loud", title="louder", default=True)
    t = StringBodyField("text", b"hi")


class UserResponse:
    a = AudioBodyField(key="audio", path="out.pcm")


class Wrapper(WrapperBase):
    serviceId = "tts"
    version = "v1"
    requestCls = UserRequest
    responseCls = UserResponse

    def __init__(self, *args, **kwargs):
        super(Wrapper, self).__init__(*args, **kwargs)

    def wrapperInit(self, config):
        self.log = getLogger(name="tts")
        return 0

    def wrapperOnceExec(self, params, reqData):
        text = reqData.list[0].data.decode()
        step = int(100 * float(params.get("speed", "1"))) + int(params.get("pitch", 0))
        if params.get("loud") == "true":
            step *= 2
        samples = numpy.array([step * i for i in range(len(text))], dtype="<i2")
        return Response([ResponseData(key="audio", data=samples, type=DataAudio, status=Once)])

    def wrapperFini(self):
        self.log.info("bye")
        return 0

    def wrapperError(self, ret):
        return "tts"

    def wrapperTestFunc(self, data, respData):
        return
