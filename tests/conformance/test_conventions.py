# ruff: noqa: E501 - tables and wrappers in long lines
"""Wrappers written for any loader: five calling conventions, odd signatures, results of every accepted form.

Each test writes a ``wrapper.py`` and opens it as any host does.
"""

from __future__ import annotations

import gc
import textwrap
import threading

import pytest

import aiges_native
from aiges_native.errors import AigesError, WrapperLoadError

(METHOD_MISSING, SIGNATURE, BAD_RETURN, BAD_RESPONSE, EMPTY) = (-20024, -20025, -20031, -20032, -20033)

HEAD = "from aiges_embed import *\nimport functools, json\n"


@pytest.fixture
def wrapper(tmp_path):
    """wrapper(source) -> Engine. ``say(*values)`` in the source makes a Response of their JSON."""
    engines = []
    say = """
        def say(*values):
            data = json.dumps(values, default=lambda value: type(value).__name__)
            return Response([ResponseData("said", data.encode())])
    """

    def open_engine(source: str, config=None):
        path = tmp_path / f"wrapper{len(engines)}.py"
        path.write_text(HEAD + textwrap.dedent(say) + textwrap.dedent(source), encoding="utf-8")
        engine = aiges_native.open(path, {"log.level": "off", **(config or {})})
        engines.append(engine)
        return engine

    yield open_engine
    gc.collect()  # results in the frames of tracebacks
    for engine in engines:
        engine.close()


def once(engine, **more) -> str:
    more = {"params": {"sid": "s", "p": "1"}, "usr_tag": "tag", "psr_ids": [7, 8], **more}
    return engine.exec(b"data", **more)[0].data.decode()


PARAMS = '{"sid": "s", "p": "1"}'
DATA = '"DataListCls"'

#: Parameters of wrapperOnceExec -> what it is called with.
ONCE = {
    "B": ("self, params, reqData", "params, reqData", f"[{PARAMS}, {DATA}]"),
    "C": ("self, params, reqData, usrTag", "params, reqData, usrTag", f'[{PARAMS}, {DATA}, "tag"]'),
    "D": ("self, params, reqData, usrTag, persId", "params, reqData, usrTag, persId", f'[{PARAMS}, {DATA}, "tag", 7]'),
    "persId third": ("self, params, reqData, persId", "params, reqData, persId", f"[{PARAMS}, {DATA}, 7]"),
    "optional": ("self, params, reqData, userTag=None, persId=5", "params, reqData, userTag, persId", f'[{PARAMS}, {DATA}, "tag", 7]'),
    "own order": ("self, usrTag, req, params", "usrTag, req, params", f'["tag", {DATA}, {PARAMS}]'),
    "sid": ("self, params, req, sid", "params, req, sid", f'[{PARAMS}, {DATA}, "s"]'),
    "errNum": ("self, params, reqData, errNum", "params, reqData, errNum", f"[{PARAMS}, {DATA}, 0]"),
    "all names": ("self, params, datas, tag, psrId, psrIds, psrCnt", "params, datas, tag, psrId, psrIds, psrCnt", f'[{PARAMS}, {DATA}, "tag", 7, [7, 8], 2]'),
    "unknown optional": ("self, params, reqData, mode='m', usrTag=None", "params, reqData, mode, usrTag", f'[{PARAMS}, {DATA}, "m", "tag"]'),
    "keyword only": ("self, params, reqData, *, usrTag, persId=1", "params, reqData, usrTag, persId", f'[{PARAMS}, {DATA}, "tag", 7]'),
    "kwargs": ("self, params, reqData, **more", "params, reqData, more", f"[{PARAMS}, {DATA}, {{}}]"),
    "unknown names, 2": ("self, a, b", "a, b", f"[{PARAMS}, {DATA}]"),
    "unknown names, 3": ("self, a, b, c", "a, b, c", f'[{PARAMS}, {DATA}, "tag"]'),
    "unknown names, 4": ("self, a, b, c, d", "a, b, c, d", f'[{PARAMS}, {DATA}, "tag", 7]'),
    "positional only": ("self, params, reqData, /", "params, reqData", f"[{PARAMS}, {DATA}]"),
    "cls": ("cls, params, reqData", "params, reqData", f"[{PARAMS}, {DATA}]"),
    "args": ("self, *args", "*args", f'[{PARAMS}, {DATA}, "tag", 7]'),
    "some args": ("self, params, *args", "params, *args", f'[{PARAMS}, {DATA}, "tag", 7]'),
    "annotated": ("self, params: dict, reqData: 'DataListCls', usrTag: str = '', persId: int = 0", "params, reqData, usrTag, persId", f'[{PARAMS}, {DATA}, "tag", 7]'),
}  # fmt: skip


@pytest.mark.parametrize("name", ONCE)
def test_once_exec_is_called_as_it_was_written(wrapper, name):
    parameters, shown, expected = ONCE[name]
    engine = wrapper(f"class Wrapper:\n    def wrapperOnceExec({parameters}): return say({shown})\n")
    assert once(engine) == expected
    assert once(engine) == expected


DECORATED = {
    "classmethod": "    @classmethod\n    def wrapperOnceExec(cls, params, reqData, usrTag): return say(usrTag)\n",
    "staticmethod": "    @staticmethod\n    def wrapperOnceExec(params, reqData, usrTag): return say(usrTag)\n",
    "args only": "    def wrapperOnceExec(*args): return say(args[3])\n",
    "not wraps": "    @plainly\n    def wrapperOnceExec(self, params, reqData, usrTag, persId): return say(usrTag)\n",
    "wraps": "    @wrapped\n    def wrapperOnceExec(self, params, reqData, usrTag): return say(usrTag)\n",
    "partial": "    wrapperOnceExec = functools.partialmethod(lambda self, x, params, reqData, usrTag: say(usrTag), 1)\n",
    "callable": "    wrapperOnceExec = Callable()\n",
    "instance": "    def __init__(self): self.wrapperOnceExec = lambda params, reqData, usrTag: say(usrTag)\n",
}

DECORATORS = """
def wrapped(method):
    @functools.wraps(method)
    def inner(*args, **more):
        return method(*args, **more)
    return inner

def plainly(method):
    def inner(*args, **more):
        return method(*args, **more)
    return inner

class Callable:
    def __call__(self, params, reqData, usrTag): return say(usrTag)
"""


@pytest.mark.parametrize("name", DECORATED)
def test_methods_of_any_making_are_called_as_bound(wrapper, name):
    assert once(wrapper(DECORATORS + "class Wrapper:\n" + DECORATED[name])) == '["tag"]'


def test_a_builtin_without_signature_gets_the_newest_convention(wrapper):
    source = """
        class Wrapper:
            wrapperOnceExec = staticmethod(max)  # four arguments that cannot be compared
            wrapperInit = staticmethod(lambda config: 0)
    """
    with pytest.raises(AigesError) as caught:
        once(wrapper(source))
    assert caught.value.code == -20030


def test_convention_a_is_module_functions_that_fill_a_list(wrapper):
    source = """
        def wrapperInit(config): return 0
        def wrapperOnceExec(usrTag, params, reqData, respData, psrIds, psrCnt):
            item = reqData[0]
            if params.get("fail"): return 77
            seen = [usrTag, params["p"], type(reqData).__name__, sorted(item), item["data"].decode(), psrIds, psrCnt]
            respData.append({"key": "a", "data": json.dumps(seen), "len": 5, "status": 3, "type": 2})
            respData.append({"key": "b", "data": b"bytes", "len": 2})
            return 0
    """
    engine = wrapper(source)
    result = engine.exec(b"data", {"p": "1"}, usr_tag="tag", psr_ids=[7, 8])
    keys = '["data", "desc", "key", "len", "status", "type"]'
    assert [(node.key, node.data.decode(), node.type, node.status) for node in result] == [
        ("a", f'["tag", "1", "tuple", {keys}, "data", [7, 8], 2]', 2, 3),
        ("b", "by", 0, 3),
    ]
    with pytest.raises(AigesError) as caught:
        engine.exec(b"data", {"fail": "1"})
    assert caught.value.code == 77


def test_convention_a_that_fills_nothing_or_nonsense_is_an_error(wrapper):
    source = """
        def wrapperOnceExec(usrTag, params, reqData, respData, psrIds, psrCnt):
            respData += {"empty": [], "text": ["text"], "keys": [{"key": "a"}], "data": [{"key": "a", "data": 5}]}[params["do"]]
            return 0
    """
    engine = wrapper(source)
    for do, code in {"empty": EMPTY, "text": BAD_RESPONSE, "keys": BAD_RESPONSE, "data": BAD_RESPONSE}.items():
        with pytest.raises(AigesError) as caught:
            engine.exec(b"data", {"do": do})
        assert caught.value.code == code, do


SESSIONS = {
    "B": ("params, sid", "handle, req, sid", "handle, sid", '["s"]', '["s"]'),
    "D": ("params, sid, persId, usrTag", "handle, req", "handle", '["s", 7, "tag"]', "[]"),
    "E": ("params, sid='', userTag=''", "handle, req, sid", "handle", '["s", "tag"]', '["s"]'),
    "userTag first": ("params, sid, userTag, persId", "handle, datas", "handle", '["s", "tag", 7]', "[]"),
    "errNum second": ("params, errNum, sid", "handle, reqData, errNum", "handle, sid", '[0, "s"]', "[0]"),
    "params only": ("params", "handle, reqData", "handle", "[]", "[]"),
    "unknown": ("a, b, c, d", "a, b, c", "a, b", '["s", 7, "tag"]', '["s"]'),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_session_methods_are_called_as_they_were_written(wrapper, name):
    create, write, read, created, written = SESSIONS[name]

    def names(parameters):
        return [word.partition("=")[0].strip() for word in parameters.split(",")]

    source = f"""
        class Wrapper:
            def wrapperCreate(self, {create}):
                self.seen = [json.dumps([{", ".join(names(create)[1:])}])]
                return SessionCreateResponse("handle")
            def wrapperWrite(self, {write}):
                assert {names(write)[0]} == "handle" and {names(write)[1]}.list[0].data == b"data"
                self.seen.append(json.dumps([{", ".join(names(write)[2:])}]))
                return 0
            def wrapperRead(self, {read}):
                return Response([ResponseData("k", self.seen.pop(0))]) if self.seen else Response()
            def wrapperDestroy(self, h):
                assert h == "handle"
    """
    session = wrapper(source).create({"sid": "s"}, usr_tag="tag", psr_ids=[7])
    session.write(b"data")
    assert session.read()[0].data.decode() == created
    assert session.read()[0].data.decode() == written
    assert len(session.read()) == 0
    session.close()


def test_a_method_without_a_tag_gets_it_as_its_sid(wrapper):
    """Else its callbacks could not be routed: B, whose host gave no sid."""
    source = """
        class Wrapper:
            def wrapperCreate(self, params, sid):
                self.sid = sid
                return SessionCreateResponse("handle")
            def wrapperWrite(self, handle, req, sid):
                assert sid == self.sid == "tag"
                return callback(Response([ResponseData("k", sid)]), sid)
            def wrapperOnceExecAsync(self, params, req, sid):
                return callback(Response([ResponseData("k", sid)]), sid)
    """
    engine = wrapper(source)
    came = []
    with engine.create({}, usr_tag="tag", on_result=came.append) as session:
        session.write(b"data")
    engine.exec_async(b"data", {"sid": ""}, usr_tag="tag", on_result=came.append)
    engine.exec_async(b"data", {"sid": "real"}, usr_tag="tag", on_result=came.append)
    assert [result[0].data for result in came] == [b"tag", b"tag", b"real"]


REFUSED = {
    "async": "async def wrapperOnceExec(self, params, reqData): pass",
    "async write": "async def wrapperWrite(self, handle, reqData): pass",
    "keyword": "def wrapperOnceExec(self, params, reqData, *, mystery): pass",
    "too many": "def wrapperOnceExec(self, a, b, c, d, e, f, g): pass",
    "five": "def wrapperOnceExec(self, a, b, c, d, e): pass",
    "init": "def wrapperInit(self, config, model): pass",
    "read": "def wrapperRead(self, handle, sid, more, and_more): pass",
    "wrong offer": "def wrapperDestroy(self, handle, params): pass",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_called_is_refused_at_load(wrapper, name):
    with pytest.raises(WrapperLoadError) as caught:
        wrapper(f"class Wrapper:\n    {REFUSED[name]}\n")
    assert caught.value.code == SIGNATURE
    assert REFUSED[name].split("(")[0].split()[-1] in caught.value.text
    if "async" not in name:
        assert "on offer" in caught.value.text and "found (" in caught.value.text


def test_a_synchronous_front_of_an_async_method_is_no_async_method(wrapper):
    source = """
        import asyncio
        def synchronous(method):
            @functools.wraps(method)
            def inner(*args):
                return asyncio.new_event_loop().run_until_complete(method(*args))
            return inner
        class Wrapper:
            @synchronous
            async def wrapperOnceExec(self, params, reqData): return say("ran")
    """
    engine = wrapper(source)
    assert threaded(lambda: once(engine)) == '["ran"]'


def threaded(function):
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]


def test_a_missing_method_is_an_error_at_its_call_only(wrapper):
    engine = wrapper("class Wrapper:\n    def wrapperOnceExec(self, params, reqData): return say(1)\n")
    assert once(engine) == "[1]"
    for call in (lambda: engine.create(), lambda: engine.exec_async(b"x", on_result=print)):
        with pytest.raises(AigesError) as caught:
            call()
        assert caught.value.code == METHOD_MISSING
    engine.load_resource(5, b"x")
    engine.unload_resource(5)


def test_the_historic_base_class_is_not_required_but_works(wrapper):
    source = """
        from aiges.sdk import WrapperBase
        class Wrapper(WrapperBase):
            serviceId = "s"
            def wrapperInit(cls, config): return 0
            def wrapperOnceExec(cls, params, reqData): return say(reqData.get("k").data.decode())
    """
    engine = wrapper(source)
    assert engine.exec({"k": b"text"})[0].data == b'["text"]'


# ---- Config -------------------------------------------------------------------------------------------------------------


def test_decimal_config_is_text_that_serves_as_a_number(wrapper):
    source = """
        class Wrapper:
            def wrapperInit(self, config):
                lic = config["common.lic"]
                self.seen = [isinstance(lic, str), lic == "10", lic == 10, lic > 0, lic + 1, list(range(lic))[-1], int(lic),
                             lic * 2, 2 * lic, json.dumps(lic), config["name"], {lic: 1}["10"], f"{lic}", lic + "0",
                             config["log.level"], config["half"] * 2, -1 < config["minus"]]
                return 0
            def wrapperOnceExec(self, params, reqData): return say(*self.seen)
    """
    engine = wrapper(source, {"common.lic": 10, "name": "n", "half": 0.5, "minus": "-1"})
    assert once(engine) == (
        '[true, true, true, true, 11, 9, 10, 20, 20, "\\"10\\"", "n", 1, "10", "100", "off", 1.0, false]'
    )


# ---- Results ------------------------------------------------------------------------------------------------------------

RESULTS = {
    "bytes": ("Response([ResponseData('a', b'abc')])", b"abc"),
    "bytearray": ("Response([ResponseData('a', bytearray(b'abc'))])", b"abc"),
    "memoryview": ("Response([ResponseData('a', memoryview(b'abcdef')[1:4])])", b"bcd"),
    "strided": ("Response([ResponseData('a', memoryview(b'abcdef')[::2])])", b"ace"),
    "str": ("Response([ResponseData('a', 'äbc', 2)])", "äbc".encode()),
    "surrogate": ("Response([ResponseData('a', '\\udcff')])", b"\xff"),
    "cut": ("Response([ResponseData('a', b'abc', 2)])", b"ab"),
    "clamped": ("Response([ResponseData('a', b'abc', 200)])", b"abc"),
    "zero": ("Response([ResponseData('a', b'abc', 0)])", b""),
    "empty": ("Response([ResponseData('a', b'')])", b""),
    "historic constructor": ("historic()", b"abc"),
    "attributes": ("attributes()", b"abc"),
    "setData": ("set_data()", b"abc"),
    "first": ("first()", b"abc"),
    "list": ("[ResponseData('a', b'abc')]", b"abc"),
    "list subclass": ("ListOfMine([ResponseData('a', b'abc')])", b"abc"),
    "tuple": ("with_list((ResponseData('a', b'abc'),))", b"abc"),
    "generator": ("with_list(ResponseData('a', x) for x in [b'abc'])", b"abc"),
    "look-alike": ("Alike()", b"abc"),
    "subclass": ("Mine([MyData('a', b'abc')])", b"abc"),
    "array": ("Response([ResponseData('a', array.array('h', [1]))])", b"\1\0"),
    "numpy": ("Response([ResponseData('a', numpy.arange(3, dtype='u1'))])", b"\0\1\2"),
    "numpy strided": ("Response([ResponseData('a', numpy.arange(6, dtype='u1')[::2])])", b"\0\2\4"),
    "numpy fortran": ("Response([ResponseData('a', numpy.array([[1, 2], [3, 4]], 'u1', order='F'))])", b"\1\2\3\4"),
    "numpy scalar": ("Response([ResponseData('a', numpy.float32(1))])", b"\0\0\x80\x3f"),
    "numpy empty": ("Response([ResponseData('a', numpy.empty((0, 3)))])", b""),
    "lent": ("Response([ResponseData('a', aiges_native.lend(bytearray(b'abc')))])", b"abc"),
    "bool code": ("True", 1),
    "code": ("4711", 4711),
    "int subclass": ("MyInt(5)", 5),
    "error": ("Response(error_code=815)", 815),
    "response_err": ("Response().response_err(-7)", -7),
    "none": ("None", BAD_RETURN),
    "zero code": ("0", BAD_RETURN),
    "dict": ("{}", BAD_RETURN),
    "class": ("Response", BAD_RETURN),
    "generator function": ("(x for x in [])", BAD_RETURN),
    "no items": ("Response()", EMPTY),
    "empty list": ("[]", EMPTY),
    "foreign": ("Response([5])", BAD_RESPONSE),
    "objects": ("with_data(numpy.array([None]))", BAD_RESPONSE),
    "record of objects": ("with_data(numpy.zeros(2, dtype=[('a', 'O')]))", BAD_RESPONSE),
    "datetime": ("with_data(numpy.zeros(2, 'M8[s]'))", BAD_RESPONSE),
}

RESULT_SOURCE = """
import array, numpy, aiges_native
class MyInt(int): pass
class Mine(Response): pass
class MyData(ResponseData): pass
class ListOfMine(list): pass
class Item:
    key, data, type, status = "a", b"abc", 0, 3
class Alike:
    list, error_code = [Item()], 0
def with_data(data):
    item = Item()
    item.data = data
    alike = Alike()
    alike.list = [item]
    return alike
def with_list(items):
    response = Response()
    response.list = items
    return response
def historic():
    return Response([made("a", 3, 3, 0)])
def made(*arguments):
    item = ResponseData(*arguments)
    item.data = b"abc"
    return item
def attributes():
    item = ResponseData()
    item.key, item.data, item.len, item.status, item.type = "a", b"abcdef", 3, 3, 0
    response = Response()
    response.list.append(item)
    return response
def set_data():
    item = ResponseData()
    item.key, item.len = "a", 99
    item.setData(b"abc")
    item.setDataType(0)
    response = Response()
    response.list = [item]
    return response
def first():
    response = Response()
    response.list[0].key = "a"
    response.list[0].data = b"abc"
    return response
class Wrapper:
    def wrapperOnceExec(self, params, reqData): return eval(params["make"], globals())
"""


@pytest.fixture(scope="module")
def maker(tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "wrapper.py"
    path.write_text(HEAD + RESULT_SOURCE, encoding="utf-8")
    engine = aiges_native.open(path, {"log.level": "off"})
    yield engine
    gc.collect()
    engine.close()


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_of_any_accepted_form(maker, name):
    make, expected = RESULTS[name]
    if isinstance(expected, int):
        with pytest.raises(AigesError) as caught:
            maker.exec(params={"make": make})
        assert caught.value.code == expected
    else:
        for _ in range(2):
            (node,) = maker.exec(params={"make": make})
            assert (node.key, node.data, node.type, node.status) == ("a", expected, 0, 3)


def test_status_once_is_forced_and_type_passes_through(maker):
    result = maker.exec(
        params={"make": "Response([ResponseData('a', b'', None, -3, 0), ResponseData('b', b'', None, 9, 1)])"}
    )
    assert [(node.type, node.status) for node in result] == [(-3, 3), (9, 3)]


ASSIGNMENTS = ["None", "5", "3.5", "[1]", "object()"]


@pytest.mark.parametrize("value", ASSIGNMENTS)
def test_data_that_cannot_be_sent_is_refused_where_it_is_assigned(value):
    from aiges_embed import ResponseData

    item = ResponseData()
    with pytest.raises(TypeError):
        item.data = eval(value)
    with pytest.raises(TypeError):
        item.setData(eval(value))


def test_a_clamped_length_is_logged_once(tmp_path, capfd):
    path = tmp_path / "wrapper.py"
    method = "    def wrapperOnceExec(self, params, reqData): return Response([ResponseData('long', b'abc', 9)])\n"
    path.write_text(HEAD + "class Wrapper:\n" + method)
    with aiges_native.open(path, {"log.level": "warning"}) as engine:
        for _ in range(5):
            engine.exec()
    lines = [line for line in capfd.readouterr().err.splitlines() if "WARNING" in line]
    assert len(lines) == 1 and "'long'" in lines[0] and "9" in lines[0]


# ---- callback() -----------------------------------------------------------------------------------------------------------

CALLBACKS = """
class Wrapper:
    def wrapperCreate(self, params, sid, persId, usrTag):
        return SessionCreateResponse(params["handle"])
    def wrapperOnceExec(self, params, reqData):
        made = eval(params["make"]) if "make" in params else Response([ResponseData("k", params["text"], None, 0, 1)])
        return say(callback(made, *eval(params["to"])))
"""


def test_callback_finds_its_request_by_tag_sid_handle_and_third(wrapper):
    engine = wrapper(CALLBACKS)
    boxes = {}

    def session(name, **params):
        boxes[name] = []
        tag = params.pop("tag")
        return engine.create(params, usr_tag=tag, on_result=lambda result: boxes[name].append(result[0].data.decode()))

    sessions = [
        session("one", tag="tag1", sid="sid1", handle="h1"),
        session("two", tag="tag2", sid="sid1", handle="h2"),
        session("tag of sid", tag="sid1", handle="h4"),
        session("newer", tag="tag3", sid="sid3", handle="h1"),
        session("newest", tag="tag4", sid="sid3", handle="h5"),
    ]

    def say(to):
        return engine.exec(params={"text": to, "to": to})[0].data.decode()

    for to, name in {
        "('tag1',)": "one",
        "('tag2',)": "two",
        "('sid1',)": "tag of sid",
        "('sid3',)": "newest",
        "('h2',)": "two",
        "('h1',)": "newer",
        "('h3', 'tag1')": "one",
        "('nobody', 'tag1')": "one",
        "('nobody', 'h4')": "tag of sid",
        "(b'tag1',)": "one",
    }.items():
        assert say(to) == "[0]", to
        assert boxes[name][-1] == to
    for to in (
        "('',)",
        "('nobody',)",
        "('nobody', '')",
        "('nobody', 'nobody')",
        "(None,)",
        "(5,)",
        "(object(), object())",
    ):
        assert say(to) == "[-1]", to
    assert sum(map(len, boxes.values())) == 10
    for session in sessions:
        session.close()


def test_callback_says_what_the_host_said_and_never_raises(wrapper):
    engine = wrapper(CALLBACKS)
    came = []
    with engine.create({"handle": "h"}, usr_tag="t", on_result=came.append):

        def say(make, to="('t',)"):
            return engine.exec(params={"make": make, "to": to})[0].data.decode()

        assert say("Response()") == "[-1]"
        assert say("Response([ResponseData('k', 'x', None, 9, 77)])") == "[0]"
        assert say("Response(error_code=5)", "('other',)") == "[-1]"
        assert say("[1, 2]") == "[-1]"  # malformed: the request is over
        assert say("Response([ResponseData('k', 'x')])") == "[-1]"
    assert [(node.type, node.status) for node in came[0]] == [(9, 77)]
    assert came[1].code == BAD_RESPONSE
    assert len(came) == 2


def test_an_error_code_by_callback_reaches_the_host(wrapper):
    engine = wrapper(CALLBACKS)
    came = []
    with engine.create({"handle": "h"}, usr_tag="t", on_result=came.append):
        said = engine.exec(params={"make": "Response(error_code=4711)", "to": "('t',)"})[0].data
    assert (said, came[0].code) == (b"[0]", 4711)


def test_the_historic_module_has_every_name(wrapper):
    source = """
        import aiges_embed, aiges.dto, aiges.types, aiges.callback
        names = "DataListNode DataListCls ResponseData Response SessionCreateResponse callback callback_metric callback_trace \
            Once DataText DataAudio DataImage DataVideo DataBegin DataContinue DataEnd init_rq".split()
        class Wrapper:
            def wrapperOnceExec(self, params, reqData):
                same = [n for n in names if getattr(aiges_embed, n, 0) is getattr(aiges.dto, n, 1)]
                missing = [n for n in names if not hasattr(aiges_embed, n)]
                return say(missing, aiges_embed.init_rq() is not None, sorted(set(names) - set(same)))
    """
    missing, queue, different = __import__("json").loads(once(wrapper(source)))
    assert missing == []
    assert queue is True
    assert not {"Response", "ResponseData", "DataListCls", "DataListNode", "SessionCreateResponse"} & set(different)
