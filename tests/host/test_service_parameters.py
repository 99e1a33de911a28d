"""What a request says reaches the engine as text, through HTTP and WebSocket, in C and in Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from host.wire import AT_ONCE, ask, block, code_of, encoded, stream_of
from serving import Served, serving, write_wrapper

#: JSON literals and what the engine gets; None: nothing.
ROWS = [
    ("5", "5"),
    ("-7", "-7"),
    ("0", "0"),
    ("-0", "0"),
    ("123456789012345678901234567890", "123456789012345678901234567890"),
    ("5.0", "5"),
    ("1.5", "1.5"),
    ("2e-3", "0.002"),
    ("-1.25E+2", "-125"),
    ("0.1", "0.1"),
    ('"as it is"', "as it is"),
    ('""', ""),
    ('"5"', "5"),
    ('"gr\\u00fc\\u00dfe"', "grüße"),
    ("true", "true"),
    ("false", "false"),
]
NAMES = [f"v{number}" for number in range(len(ROWS))]

TELL = """
    from aiges_embed import Response, ResponseData, SessionCreateResponse

    def nodes(reqData):
        for node in reqData.list:
            yield f"node {node.key} type={node.type} status={node.status} len={node.len}\\n"
            for key, value in (node.desc or {}).items():
                assert type(value) is str
                yield f"desc {key}={value}\\n"

    class Wrapper:
        told = {}

        def wrapperInit(self, config):
            return 0

        def wrapperFini(self):
            return 0

        def begin(self, params):
            assert all(type(value) is str for value in params.values())
            return [f"param {key}={value}\\n" for key, value in params.items()]

        def wrapperOnceExec(self, params, reqData, usrTag, persId):
            told = "".join([*self.begin(params), *nodes(reqData)])
            return Response([ResponseData("told", told.encode(), None, 0, 3)])

        def wrapperCreate(self, params, sid, persId, usrTag):
            self.told[usrTag] = self.begin(params)
            return SessionCreateResponse(usrTag)

        def wrapperWrite(self, handle, reqData):
            self.told[handle] += nodes(reqData)
            if reqData.list[0].status >= 2:
                self.told[handle] = "".join(self.told[handle])
            return 0

        def wrapperRead(self, handle):
            told = self.told[handle]
            return Response([ResponseData("told", told.encode(), None, 0, 2)] if isinstance(told, str) else [])

        def wrapperDestroy(self, handle):
            del self.told[handle]
            return 0
"""

ENGINES = ["tell", "tell_py"]
TRANSPORTS = ["http", "ws"]


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory, compiled: Callable[[str], Path]) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("telling")
    write_wrapper(folder, "tell_py", TELL)
    (folder / "aiges.toml").write_text(f'[aiges]\nheaderPass = "{";".join(NAMES[:8])}"\n')
    (folder / "headerPass.wrapper").write_text("\n".join([*NAMES[8:], "nothing"]))
    with serving(*AT_ONCE, compiled("tests/host/tell.c"), "tell_py", cwd=folder) as running:
        yield running
        assert running.stop() == 0


def told(served: Served, engine: str, transport: str, request: Any) -> list[str]:
    """The lines that the engine tells of a request; asserts that it succeeds."""
    text = request if isinstance(request, str) else json.dumps(request)
    if transport == "ws":
        answer = stream_of(served, engine, text)
        assert (answer.code, answer.close) == (0, 1000), answer
        lines = answer.data("told")[0].decode()
    else:
        status, reply = served.post(engine, text)
        assert status == 200, reply
        lines = reply["payload"]["told"]["text"]
    found: list[str] = lines.splitlines()
    return found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_scalar_is_decimal_or_plain_text(telling, engine, transport):
    given = ",".join(f'"{name}":{literal}' for name, (literal, _) in zip(NAMES, ROWS, strict=True))
    data = f'"data":{{"text":"{encoded("x")}","status":3,{given}}}'
    body = f'{{"parameter":{{"{engine}":{{{given}}}}},"payload":{{{data}}}}}'
    lines = told(telling, engine, transport, body)
    for name, (literal, text) in zip(NAMES, ROWS, strict=True):
        assert f"param {name}={text}" in lines, literal
        assert f"desc {name}={text}" in lines, literal


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_header_reaches_the_engine_where_it_is_passed_on(telling, engine, transport):
    given = ",".join(f'"{name}":{literal}' for name, (literal, _) in zip(NAMES, ROWS, strict=True))
    body = f'{{"header":{{{given},"secret":1}},"payload":{{"data":{{"text":"","status":3}}}}}}'
    lines = told(telling, engine, transport, body)
    for name, (literal, text) in zip(NAMES, ROWS, strict=True):
        assert f"param {name}={text}" in lines, literal
    assert not any("secret" in line for line in lines)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_null_is_no_parameter_and_an_empty_text_elsewhere(telling, engine, transport):
    body = {**ask(header={"v0": None, "nothing": None}, parameter={engine: {"v1": None}})}
    body["payload"]["data"]["v2"] = None
    lines = told(telling, engine, transport, body)
    assert {"param v0=", "param nothing=", "desc v2="} <= set(lines)
    assert not any(line.startswith("param v1") for line in lines)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_whose_parameters_count(telling, engine, transport):
    parameter = {
        "zoo": {"x": "zoo", "y": "zoo", "z": "zoo"},
        engine: {"x": "ours"},
        "ant": {"x": "ant", "y": "ant", "sid": "forged"},
    }
    header = {"sid": "forged", "appid": "a1"}
    lines = told(telling, engine, transport, ask(parameter=parameter, header=header))
    assert {"param x=ours", "param y=ant", "param z=zoo"} <= set(lines)
    (sid,) = [line for line in lines if line.startswith("param sid=")]
    assert len(sid) == len("param sid=") + (32 if transport == "ws" else 36)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_of_equal_names_the_last_counts(telling, engine, transport):
    body = f'{{"parameter":{{"{engine}":{{"x":1,"x":2}}}},"payload":{{"data":{{"text":"","status":3}}}}}}'
    assert "param x=2" in told(telling, engine, transport, body)


@pytest.mark.parametrize("engine", ENGINES)
def test_blocks_reach_the_engine_whole(telling, engine):
    """Type, status and bytes; other keys are attributes; what the host keeps for itself is dropped."""
    payload = {
        "a": block("one", 0, "audio", seq=7, sample_rate=16000),
        "b": {"image": encoded(b"\0\xff"), "aiges.address": "0x1"},
        "c": {"text": {"k": [1, None, "ü"]}},
        "d": {"status": 2},
        "e": {"other": "YWJj\r\nZGVm\n"},
        "f": None,
    }
    lines = told(telling, engine, "http", {"payload": payload})
    nodes = [line for line in lines if line.startswith(("node ", "desc "))]
    assert nodes == [
        "node a type=1 status=3 len=3",
        "desc seq=7",
        "desc sample_rate=16000",
        "node b type=2 status=3 len=2",
        "node c type=0 status=3 len=19",
        "node d type=0 status=3 len=0",
        "node e type=4 status=3 len=6",
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_frames_inherit_what_they_do_not_say(telling, engine):
    data = encoded("x")
    frames = [
        {"payload": {"data": {"text": data}}},
        {"payload": {"data": {"text": data}}},
        {"header": {"status": 2}, "payload": {"data": {"text": data}}},
    ]
    lines = stream_of(telling, engine, *frames).data("told")[0].decode().splitlines()
    assert [line for line in lines if line.startswith("node")] == [
        f"node data type=0 status={status} len=1" for status in (0, 1, 2)
    ]


def test_only_the_parameters_of_the_first_frame_count(telling):
    first = ask(status=0, parameter={"tell": {"x": 1}})
    last = ask(status=2, parameter={"tell": {"x": 2, "y": 2}}, header={"v0": 9, "sid": "another"})
    lines = stream_of(telling, "tell", first, last).data("told")[0].decode().splitlines()
    assert "param x=1" in lines and not any("y=" in line or "v0" in line or "another" in line for line in lines)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "nonsense", "application/json"])
def test_the_content_type_of_json_does_not_matter(telling, kind):
    assert telling.post("tell", ask(), {"Content-Type": kind})[0] == 200


def test_the_query_of_a_signed_address_is_ignored(telling):
    path = "/v1/private/tell?host=h&date=Mon%2C%2001&authorization=YXBpX2tleQ%3D%3D&x=1"
    status, _, body = telling.request("POST", path, json.dumps(ask()))
    assert status == 200 and "host" not in json.loads(body)["payload"]["told"]["text"]


# ---- What is refused, with its place ---------------------------------------------------------------------------------

PAYLOAD = f'"payload":{{"data":{{"text":"{encoded("x")}","status":3}}}}'
REFUSED = [
    (f'{{"parameter":{{"tell":{{"x":[1]}}}},{PAYLOAD}}}', 10107, "/parameter/tell/x"),
    (f'{{"parameter":{{"tell":{{"r":{{"encoding":5}}}}}},{PAYLOAD}}}', 10107, "/parameter/tell/r/encoding"),
    (f'{{"parameter":{{"tell":{{"r":{{"format":true}}}}}},{PAYLOAD}}}', 10107, "/parameter/tell/r/format"),
    (f'{{"parameter":{{"tell":{{"r":{{"compress":[]}}}}}},{PAYLOAD}}}', 10107, "/parameter/tell/r/compress"),
    (f'{{"parameter":{{"tell":{{"r":{{"data_type":"tekst"}}}}}},{PAYLOAD}}}', 10107, "/parameter/tell/r/data_type"),
    (f'{{"header":{{"appid":{{}}}},{PAYLOAD}}}', 10107, "/header/appid"),
    (f'{{"header":{{"downMethod":"async"}},{PAYLOAD}}}', 10106, "/header/downMethod"),
    ('{"payload":{"data":{"text":"eA==","rate":{}}}}', 10107, "/payload/data/rate"),
    ('{"payload":{"data":{"text":"eA","status":3}}}', 10001, "/payload/data/text"),
    ('{"payload":{"data":{"text":5}}}', 10001, "/payload/data/text"),
    ('{"payload":{"a/b":{"text":"eA==","audio":"eA=="}}}', 10001, "/payload/a~1b"),
    ('{"payload":{"data":{"status":0}}}', 10009, "/payload/data"),
    ('{"payload":[]}', 10001, "/payload"),
    (f"{{{PAYLOAD}}} trailing", 10000, None),
    (f"{{{PAYLOAD},}}", 10000, None),
    ("[" * 100_000, 10000, None),
    ("", 10000, None),
]


@pytest.mark.parametrize(("body", "code", "path"), REFUSED, ids=[f"{row[1]}{row[2] or ''}" for row in REFUSED])
def test_what_is_wrong_is_refused_with_its_place(telling, body, code, path):
    status, answer = telling.post("tell", body)
    assert (status, code_of(answer)) == (502 if code == 10106 else 400, code)
    assert answer["header"].get("path") == path and answer["header"]["message"] and answer["payload"] is None
    stream = stream_of(telling, "tell", body)
    assert stream.code == code and stream.close == (1011 if code == 10106 else 1007)
    assert stream.messages[-1]["header"].get("path") == path and stream.reason == f"code={code}"


def test_bytes_that_are_no_utf8_are_refused(telling):
    body = b'{"payload":{"data":{"text":"eA==","x":"\xff"}}}'
    status, answer = telling.post("tell", body)
    assert (status, code_of(answer)) == (400, 10000)
    assert stream_of(telling, "tell", body)[1:] == (1007, "code=10000")


# ---- Declarations ----------------------------------------------------------------------------------------------------

DECLARED = """
    {imports}

    class Request:
        data = StringBodyField("data", "x")
        speed = NumberParamField("speed", minimum=1, maximum=9, value=5)

    class Answer:
        result = StringBodyField("result")

    class Wrapper(WrapperBase):
        serviceId = "{name}"
        requestCls = Request
        responseCls = Answer

        def wrapperOnceExec(self, params, reqData):
            return Response([ResponseData("result", params["speed"])])

        def wrapperCreate(self, params, sid):
            return SessionCreateResponse("h")
"""
IMPORTS = {
    "strict": "from aiges_native.sdk import *",
    "compat": "from aiges.dto import *; from aiges.sdk import *",
}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("declared")
    for name, imports in IMPORTS.items():
        write_wrapper(folder, name, DECLARED.format(imports=imports, name=name))
    with serving(*AT_ONCE, *IMPORTS, cwd=folder) as running:
        yield running
        assert running.stop() == 0


def test_wrappers_of_this_sdk_are_strict(declared):
    request = ask(parameter={"strict": {"speed": 10}})
    status, answer = declared.post("strict", request)
    assert (status, code_of(answer), answer["header"]["path"]) == (400, 10107, "/parameter/strict/speed")
    stream = stream_of(declared, "strict", request)
    assert (stream.code, stream.close, stream.reason) == (10107, 1007, "code=10107")


def test_older_wrappers_serve_what_their_schema_does_not_allow(declared):
    status, answer = declared.post("compat", ask(parameter={"compat": {"speed": 10}}))
    assert (status, answer["payload"]["result"]["text"]) == (200, "10")


def test_a_form_that_is_wrong_is_refused_for_all(declared):
    for name in ("strict", "compat"):
        assert declared.post(name, ask(parameter={name: {"speed": [1]}}))[0] == 400
