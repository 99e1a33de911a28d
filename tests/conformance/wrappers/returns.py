"""Returns what it is told to: params ``do``."""

from array import array

from aiges_embed import Response, ResponseData, SessionCreateResponse

from aiges_native import lend


class Item:
    """A look-alike of ResponseData."""

    def __init__(self, data, key="k", **more):
        self.key, self.data = key, data
        self.__dict__.update(more)


class Answer:
    """A look-alike of Response."""

    def __init__(self, *items, error_code=0):
        self.list, self.error_code = list(items), error_code


class OddList:
    list = 5
    error_code = 0


async def coroutine():
    return 0


def make(do):
    once = {
        "none": lambda: None,
        "int0": lambda: 0,
        "false": lambda: False,
        "text": lambda: "text",
        "class": lambda: Response,
        "object": lambda: object(),
        "coroutine": lambda: coroutine(),
        "big": lambda: 1 << 40,
        "code": lambda: 4711,
        "negative": lambda: -5,
        "minus_one": lambda: -1,
        "foreign": lambda: Response([object()]),
        "item_none": lambda: Response([None]),
        "data_none": lambda: Answer(Item(None)),
        "none_continued": lambda: Answer(Item(None, status=1)),
        "data_odd": lambda: Answer(Item(3.5)),
        "data_objects": lambda: Answer(Item([1])),
        "odd_list": lambda: OddList(),
        "key_nul": lambda: Response([ResponseData("a\0b", b"x")]),
        "key_none": lambda: Answer(Item(b"x", key=None)),
        "good_then_bad": lambda: Response([ResponseData("a", bytearray(b"x")), None]),
        "empty": lambda: Response(),
        "no_answer_items": lambda: Answer(),
        "error": lambda: Response(error_code=815),
        "error_negative": lambda: Response([ResponseData("a", b"x")]).response_err(-815),
        "error_none": lambda: Answer(Item(b"x"), error_code=None),
        "look_alike": lambda: Answer(Item(b"look", len=99), Item("älike", len=1)),
        "list": lambda: [ResponseData("a", b"in a list")],
        "numbers": lambda: Response([ResponseData("a", array("h", [1, 2]))]),
        "huge": lambda: Response([ResponseData("a", bytes(1 << 32))]),
        "not_ready": lambda: Response([ResponseData("", b"", None, 0, 1)]),
        "not_ready_alike": lambda: Answer(Item(b"", status=1)),
        "ready": lambda: Response([ResponseData("a", b"piece", None, 0, 1)]),
        "lent": lambda: Response([ResponseData("a", lend(bytearray(b"lent")), None, 0, 1)]),
        "assigned": lambda: cut(3),
        "assigned_more": lambda: cut(300),
        "desc": lambda: described({"k": "v", "ä": "ö"}),
        "desc_int": lambda: described({"k": 5}),
        "desc_nul": lambda: described({"k": "a\0b"}),
    }
    return once[do]()


def cut(length):
    item = ResponseData("a", b"abcdef")
    item.len = length
    return Response([item])


def described(desc):
    item = ResponseData("a", b"abc")
    item.desc = desc
    return Response([item])


class Wrapper:
    def wrapperInit(self, config):
        return 0

    def wrapperFini(self):
        return None

    def wrapperError(self, code):
        return {815: "eight one five", 1: "", 2: None}.get(code, f"text of {code}")

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        if "twice" in params:
            self.kept = getattr(self, "kept", None) or Response([ResponseData("a", bytearray(b"the same"))])
            return self.kept
        if "do" in params:
            return make(params["do"])
        return Response([ResponseData("answer", node.data) for node in reqData.list])

    def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
        return make(params["do"])

    def wrapperCreate(self, params, sid, persId, usrTag):
        self.pieces = params.get("pieces", "").split(",")
        return {
            "none": None,
            "int0": 0,
            "code": 4711,
            "class": SessionCreateResponse,
            "empty": SessionCreateResponse(),
            "handle_none": SessionCreateResponse(None),
            "error": SessionCreateResponse("h", 815),
            "str": "a text as handle",
            "nul": "a\0b",
            "good": SessionCreateResponse("good"),
            "odd": SessionCreateResponse("odd \udcff"),
        }[params["do"]]

    def wrapperWrite(self, handle, reqData):
        return make(reqData.list[0].data.decode())

    def wrapperRead(self, handle):
        return make(self.pieces.pop(0))

    def wrapperDestroy(self, handle):
        return None
