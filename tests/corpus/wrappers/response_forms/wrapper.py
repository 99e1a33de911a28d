"""Every way to build a response that somebody found."""
import copy
import pickle
from array import array
from collections import deque
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges.dto import Response as DtoResponse, ResponseData as DtoData
from aiges.types import *
from aiges.sdk import *
import numpy as np

KEPT = Response([ResponseData("r", b"kept")])


class MyData(ResponseData):
    def __init__(self, key, data):
        super().__init__()
        self.key = key
        self.setData(data)


class Item:
    def __init__(self):
        self.key, self.data, self.len, self.type, self.status = "r", b"look-alike", 10, 0, 3


class Alike:
    error_code = 0

    def __init__(self):
        self.list = [Item()]


def one(data=b"", **more):
    return Response([ResponseData("r", data, **more)])


def length(n):
    l = ResponseData()
    l.len = n
    l.key = "r"
    l.data = b"abcdef"
    res = Response()
    res.list = [l]
    return res


def first():
    res = Response()
    res.list[0].key = "r"
    res.list[0].setData(b"first")
    return res


def appended():
    res = DtoResponse()
    res.list.append(DtoData("r", b"appended"))
    return res


def plus():
    res = Response()
    res.list += [ResponseData("r", b"p"), ResponseData("r", b"lus")]
    return res


def node():
    n = DataListNode("r", b"node")
    res = Response()
    res.list = (n,)
    return res


def described():
    l = ResponseData("r", b"d")
    l.desc["rate"] = "16000"
    return Response([l])


def later():
    items = []
    res = Response()
    res.list = items
    items.append(ResponseData("r", b"later"))
    return res


def string(text):
    l = ResponseData("r")
    l.setData(text)
    l.setDataType(type_map["text"])
    l.len = len(text)
    return Response([l])


def joined(*texts):
    res = Response()
    for text in texts:
        l = ResponseData()
        l.key = "r"
        l.data = bytearray(text.encode())
        l.status = Once
        res.list.append(l)
    return res


def with_attribute(name, value, of_item=True):
    res = one(b"x")
    setattr(res.list[0] if of_item else res, name, value)
    return res


def typed(kind):
    res = one(b"x")
    res.list[0].setDataType(kind)
    return res


def frozen_after():
    buffer = bytearray(b"before")
    res = one(buffer)
    buffer[:] = b"after!"
    return res


def shared():
    buffer = bytearray(b"shared")
    FORMS["shared buffers"] = FORMS.get("shared buffers", []) + [buffer]
    return one(buffer)


def overwritten():
    for buffer in FORMS["shared buffers"]:
        buffer[:] = b"XXXXXX"
    return one(b"overwritten")


FORMS = {
    "list none": lambda: with_attribute("list", None, of_item=False),
    "code none": lambda: with_attribute("error_code", None, of_item=False),
    "code str": lambda: with_attribute("error_code", "5", of_item=False),
    "status none": lambda: with_attribute("status", None),
    "status 9": lambda: with_attribute("status", 9),
    "type none": lambda: with_attribute("type", None),
    "type str": lambda: typed("text"),
    "type 9": lambda: typed(9),
    "key int": lambda: with_attribute("key", 5),
    "key empty": lambda: with_attribute("key", ""),
    "key 键": lambda: with_attribute("key", "键 with blank"),
    "desc str": lambda: with_attribute("desc", {"k": "v"}),
    "frozen after": frozen_after,
    "shared": shared,
    "overwritten": overwritten,
    "kept": lambda: KEPT,
    "subclass": lambda: Response([MyData("r", b"subclass")]),
    "look-alike": Alike,
    "copied": lambda: copy.deepcopy(one(b"copied")),
    "pickled": lambda: pickle.loads(pickle.dumps(one(b"pickled"))),
    "cut": lambda: length(3),
    "too long": lambda: length(100),
    "zero len": lambda: length(0),
    "first": first,
    "appended": appended,
    "plus": plus,
    "node": node,
    "described": described,
    "later": later,
    "str": lambda: string("ünï"),
    "memoryview": lambda: one(memoryview(b"xmemx")[1:4]),
    "array": lambda: one(array("H", [1, 2])),
    "numpy": lambda: one(np.array([[1, 2], [3, 4]], dtype=np.uint8)),
    "numpy strided": lambda: one(np.arange(6, dtype=np.uint8)[::2]),
    "numpy scalar": lambda: one(np.float32(1).tobytes()),
    "loader order": lambda: Response([ResponseData("r", 0, 3, 0)]),
    "keyword": lambda: Response(list=[ResponseData(key="r", data=b"kw", len=2, type=DataImage, status=Once)]),
    "keyword len": lambda: Response([ResponseData(key="r", data=b"abc", len=2)]),
    "str subclass": lambda: one(type("Text", (str,), {})("text")),
    "surrogate": lambda: one("\ud800"),
    "empty numpy": lambda: one(np.zeros(0, np.float32)),
    "fortran": lambda: one(np.asfortranarray(np.array([[1, 2], [3, 4]], dtype=np.uint8))),
    "read-only": lambda: one(np.frombuffer(b"ro", np.uint8)),
    "big endian": lambda: one(np.array([1], dtype=">u2")),
    "bool array": lambda: one(np.array([True, False])),
    "object array": lambda: one(np.array([object()])),
    "list of ints": lambda: one([1, 2]),
    "generator itself": lambda: (x for x in [1]),
    "nul in key": lambda: Response([ResponseData("a\0b", b"x")]),
    "many": lambda: Response([ResponseData("r", b"%d" % i) for i in range(300)]),
    "joined": lambda: joined("a", "b"),
    "bytes key": lambda: Response([ResponseData(b"r", b"k")]),
    "deque": lambda: Response(deque([ResponseData("r", b"deque")])),
    "generator": lambda: Response(ResponseData("r", b"%d" % i) for i in range(2)),
    "json": lambda: one(one(b"\xff").toJSON()),
    "none": lambda: one(None),
    "int": lambda: one(5.5),
    "no key": lambda: Response([ResponseData(None, b"x")]),
    "nested": lambda: Response([[ResponseData("r", b"x")]]),
    "item alone": lambda: ResponseData("r", b"x"),
    "code and items": lambda: Response([ResponseData("r", b"x")], 9),
}


class Wrapper(WrapperBase):
    serviceId = "forms"
    version = "v1"

    class requestCls(object):
        form = StringBodyField(key="form", value="kept")

    def wrapperInit(self, config):
        return 0

    def wrapperOnceExec(self, params, reqData):
        return FORMS[reqData.get("form").data.decode()]()

    def wrapperFini(self):
        return 0

    def wrapperError(self, ret):
        return "nine" if ret == 9 else ""
