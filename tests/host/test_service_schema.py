"""A C engine whose declarations come from a schema file, over real sockets; violations that are served and counted."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastjsonschema")

from host.schemas import block, schema, write_schema
from serving import Served, serving, text, write_wrapper
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

SETTINGS = ("--set", "fc.max=4", "--set", "drain.grace=0")


def asked(**parameter: Any) -> dict[str, Any]:
    return {**text("hello"), "parameter": {"speak": {"mode": "a", **parameter}}}


def post(served: Served, body: Any, path: str = "/v2/speak", **headers: str) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body)
    status, _, answer = served.request("POST", path, data, {key.replace("_", "-"): headers[key] for key in headers})
    return status, json.loads(answer)


def problem(answer: tuple[int, Any]) -> tuple[int, int, str | None]:
    status, told = answer
    return status, told["header"]["code"], told["header"].get("path")


@pytest.fixture(scope="module")
def strict(library: Path) -> Iterator[Served]:
    file = write_schema(library / "strict.json")
    with serving(*SETTINGS, "--set", f"http.schema={file}", "library/libecho.so", cwd=library) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def compat(library: Path) -> Iterator[Served]:
    write_schema(library / "compat.json")
    words = ("--set", "http.schema=compat.json", "--set", "http.validate=compat", "library/libecho.so")
    with serving(*SETTINGS, *words, cwd=library) as running:
        yield running
        assert running.stop() == 0


# ---- Strict ----------------------------------------------------------------------------------------------------------


def test_routes_come_from_the_file(strict: Served) -> None:
    for path in ("/v2/speak", "/say"):
        status, answer = post(strict, asked(), path)
        assert (status, answer["payload"]["data"]["text"]) == (200, "hello")
    assert post(strict, asked(), "/v1/private/echo")[0] == 404


def test_parameters_of_its_service_id_reach_the_engine(strict: Served) -> None:
    assert post(strict, asked(**{"echo.upper": 1}))[1]["payload"]["data"]["text"] == "HELLO"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (text("hello"), "/parameter"),
        ({**text("hello"), "parameter": {"speak": {}}}, "/parameter/speak/mode"),
        (asked(mode="c"), "/parameter/speak/mode"),
        (asked(level=0), "/parameter/speak/level"),
        (asked(**{"echo.upper": "1"}), "/parameter/speak/echo.upper"),
        ({**asked(), "header": {"device.imei": "12345"}}, "/header/device.imei"),
        ({**asked(), "payload": {"data": {"text": "x" * 68}}}, "/payload/data/text"),
        ({**asked(), "payload": {"data": {"text": "aGk=", "encoding": "big5"}}}, "/payload/data/encoding"),
        ({**asked(), "payload": {"aud": {"audio": "aGk=", "sample_rate": 44100}}}, "/payload/aud/sample_rate"),
        ({**asked(), "payload": {"aud": {"text": "aGk="}}}, "/payload/aud"),
        ({**asked(), "payload": {"other": {"text": "aGk="}}}, "/payload"),
    ],
)
def test_violations_are_refused_with_their_place(strict: Served, body: Any, path: str) -> None:
    assert problem(post(strict, body)) == (400, 10107, path)


def test_other_forms_are_held_to_the_same(strict: Served) -> None:
    assert post(strict, b"hello", "/v2/speak?p.mode=a&p.echo.upper=1", Content_Type="audio/wav")[0] == 400, "two inputs"
    part = b'--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    told = json.dumps({"parameter": {"speak": {"mode": "a"}}}).encode()
    kind = "multipart/form-data; boundary=B"
    status, answer = post(strict, part % (b"json", told) + part % (b"data", b"in parts") + b"--B--", Content_Type=kind)
    assert (status, answer["payload"]["data"]["text"]) == (200, "in parts")
    form = part % (b"json", told) + part % (b"data", b"x" * 49) + b"--B--"
    assert problem(post(strict, form, Content_Type=kind)) == (400, 10107, "/payload/data/text")


def test_frames_of_a_stream(strict: Served) -> None:
    def block(status: int, data: str) -> dict[str, Any]:
        return {"data": {"status": status, "text": base64.b64encode(data.encode()).decode()}}

    with connect(f"ws://{strict.address}/v2/speak") as ws:
        ws.send(json.dumps({"parameter": {"speak": {"mode": "a"}}, "payload": block(0, "one")}))
        ws.send(json.dumps({"payload": block(1, "two")}))  # what is required of the first is not of the others
        outputs = []
        while len(outputs) < 2:
            outputs += [json.loads(ws.recv()).get("payload", {})]
            outputs = [each for each in outputs if each]
        assert [each["data"]["status"] for each in outputs] == [0, 1], "numbers, because schemaoutput says so"
        assert isinstance(outputs[0]["data"]["seq"], str)
        ws.send(json.dumps({"payload": block(1, "x" * 50)}))
        header = json.loads(ws.recv())["header"]
        assert (header["code"], header["path"]) == (10107, "/payload/data/text")
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1007
    with connect(f"ws://{strict.address}/v2/speak") as ws:
        ws.send(json.dumps({"payload": block(0, "one")}))
        header = json.loads(ws.recv())["header"]
        assert (header["code"], header["path"]) == (10107, "/parameter")


def test_documents_tell_what_the_file_says(strict: Served) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    document = json.loads(strict.request("GET", "/openapi.json")[2])
    validator.validate(document)
    assert set(document["paths"]) == {"/v2/speak", "/say"}
    content = document["paths"]["/v2/speak"]["post"]["requestBody"]["content"]["application/json"]
    parameter = content["schema"]["properties"]["parameter"]["properties"]["speak"]
    assert parameter["required"] == ["mode"] and parameter["properties"]["echo.upper"]["default"] == 0
    assert parameter["properties"]["level"] == {
        "type": "number", "nullable": True, "minimum": 0, "exclusiveMinimum": True,
    }  # fmt: skip
    assert content["schema"]["properties"]["payload"]["properties"]["aud"]["properties"]["sample_rate"]["enum"]
    assert b"sample_rate" in strict.request("GET", "/docs")[2]
    assert post(strict, content["example"])[0] == 200, "the page's example can be sent as it is"


# ---- Compat ----------------------------------------------------------------------------------------------------------


def violations(served: Served, name: str) -> int:
    page = served.request("GET", "/metrics", health=True)[2].decode()
    start = f'aiges_schema_violation_total{{service="{name}"}} '
    return next((int(line.removeprefix(start)) for line in page.splitlines() if line.startswith(start)), 0)


def test_compat_serves_counts_and_tells_once_for_each_place(compat: Served, library: Path) -> None:
    wrong = {**asked(mode="c", level=0), "payload": {"other": {"text": "aGk="}}}
    for _ in range(3):
        assert post(compat, wrong)[0] == 200
    assert violations(compat, "echo") == 9
    said = (library / "stderr.txt").read_text().splitlines()
    for place in ("'/parameter/speak/mode'", "'/parameter/speak/level'", "'/payload'"):
        assert len([line for line in said if place in line]) == 1
    assert post(compat, asked())[0] == 200
    assert violations(compat, "echo") == 9


OLD = """
    from aiges.sdk import *
    class UserRequest:
        data = StringBodyField(key="data", value="x")
        mode = StringParamField(key="mode", enums=["a", "b"], value="a")
    class Wrapper(WrapperBase):
        serviceId = "old"
        requestCls = UserRequest()
        def wrapperOnceExec(self, params, reqData):
            return Response([ResponseData("mode", params["mode"])])
"""


def test_violations_of_wrappers_of_aiges_are_counted(tmp_path: Path) -> None:
    write_wrapper(tmp_path, "old", OLD)
    with serving(*SETTINGS, "old", cwd=tmp_path) as running:
        for mode in ("a", "c", "c", "d"):
            status, answer = running.post("old", {**text("x"), "parameter": {"old": {"mode": mode}}})
            assert (status, answer["payload"]["mode"]["text"]) == (200, mode)
        assert violations(running, "old") == 3
        said = [line for line in (tmp_path / "stderr.txt").read_text().splitlines() if "violates" in line]
        assert len(said) == 1 and "'/parameter/old/mode'" in said[0] and "expected one of" in said[0]
        assert running.stop() == 0


def test_places_that_clients_make_up_are_told_up_to_a_bound(library: Path) -> None:
    payload = {"type": "object", "additionalProperties": block("text")}
    write_schema(library / "free.json", schemainput={"properties": {"payload": payload}}, meta={"serviceId": "speak"})
    words = ("--set", "http.schema=free.json", "--set", "http.validate=compat", "library/libecho.so")
    with serving(*SETTINGS, *words, cwd=library) as running:
        for number in range(120):
            body = {"payload": {f"key{number}\n": {"text": "aGk=", "encoding": "big5"}}}
            assert post(running, body, "/v1/private/speak")[0] == 200
        assert violations(running, "echo") == 120
        said = [line for line in (library / "stderr.txt").read_text().splitlines() if line.startswith("engine")]
        assert len(said) == 101 and said[-1].endswith("violations at other places are only counted")
        assert running.stop() == 0


# ---- Start -----------------------------------------------------------------------------------------------------------


def ended(command: str, *words: object, cwd: Path) -> tuple[int, str]:
    line = [sys.executable, "-m", "aiges_native", *command.split(), *map(str, words)]
    done = subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "'s.json': there is no such file"),
        ("{\n\n]", "s.json:3: no JSON"),
        ("[]", "s.json: /: value must be object"),
        (json.dumps(schema(schemainput={"properties": {"payload": 5}})), "s.json: /schemainput/properties/payload"),
        (json.dumps(schema(schemaoutput={"type": "text"})), "s.json: /schemaoutput/type: value must be one of"),
        (json.dumps(schema(meta={"route": 7})), "s.json: /meta/route: value must be string"),
    ],
)
def test_a_schema_file_that_cannot_be_used(content: str | None, said: str, tmp_path: Path, c_echo: Path) -> None:
    (tmp_path / "aiges.toml").write_text('[fc]\nmax = 2\n[http]\nschema = "s.json"\n')
    if content is not None:
        (tmp_path / "s.json").write_text(content)
    for command, words in (("serve", [c_echo]), ("config show", [])):
        code, found = ended(command, *words, cwd=tmp_path)
        assert code == 78 and found.startswith("aiges.toml:4: [http].schema = 's.json': ") and said in found
        assert "Traceback" not in found


def test_a_schema_file_of_one_engine_of_several(library: Path) -> None:
    write_schema(library / "one.json")
    one = f'[engines.one]\npath = "{library}/library/libecho.so"\nschema = "one.json"\n'
    two = f'[engines.two]\npath = "{library}/library/echo_py"\n'
    (library / "several.toml").write_text(f"[fc]\nmax = 2\n{one}{two}")
    with serving("-c", "several.toml", "--set", "drain.grace=0", cwd=library) as running:
        assert problem(post(running, text("x"))) == (400, 10107, "/parameter")
        assert running.post("two", text("x"))[0] == 200
        assert running.stop() == 0


def test_one_schema_file_for_several_engines_is_told_of(library: Path) -> None:
    write_schema(library / "several.json")
    words = ("--set", "http.schema=several.json", "library/libecho.so", "library/echo_py")
    with serving(*SETTINGS, *words, cwd=library) as running:
        assert running.post("echo", text("x"))[0] == running.post("echo_py", text("x"))[0] == 200
        assert "[http] schema: no effect with 2 engines" in (library / "stderr.txt").read_text()
        assert running.stop() == 0
