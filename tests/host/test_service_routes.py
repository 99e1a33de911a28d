"""Where an engine is reached, and with which methods."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from host.wire import AT_ONCE, ask, code_of, open_stream, rest_of
from serving import Served, serving, text, write_wrapper
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

ROOT = Path(__file__).parents[2]

#: NAME: what the class says, and the paths that come of it.
WRAPPERS = {
    "named": ('serviceId = "other"', ["/v1/private/other"]),
    "plain": ("", ["/v1/private/plain"]),
    "versioned": ('serviceId = "svc"; version = "v3"', ["/v3/private/svc"]),
    "routed": ('route = "/one/path"', ["/one/path"]),
    "listed": ('route = ["/a", "/b/c"]', ["/a", "/b/c"]),
    "configured": ('route = "/not/this"', ["/from/config", "/also"]),
}
SOURCE = """
    from aiges_embed import Response, ResponseData, SessionCreateResponse

    class Wrapper:
        {words}

        def wrapperOnceExec(self, params, reqData):
            return Response([ResponseData("r", "{name}")])

        def wrapperCreate(self, params, sid):
            return SessionCreateResponse("h")

        def wrapperRead(self, handle):
            return Response([ResponseData("r", "{name}", status=2)])
"""
ONLY_STREAMS = """
    from aiges_embed import SessionCreateResponse

    class Wrapper:
        def wrapperCreate(self, params, sid):
            return SessionCreateResponse("h")
"""
ONLY_ONCE = """
    from aiges_native.sdk import *

    class Wrapper(WrapperBase):
        def wrapperOnceExec(self, params, reqData):
            return Response([ResponseData("r", "x")])
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("routes")
    config = ""
    for name, (words, routes) in WRAPPERS.items():
        write_wrapper(folder / "library", name, SOURCE.format(words=words, name=name))
        config += f"[engines.{name}]\n"
        if name == "configured":
            config += f"routes = {json.dumps(routes)}\n"
    write_wrapper(folder / "library", "only_once", ONLY_ONCE)
    write_wrapper(folder / "library", "only_streams", ONLY_STREAMS)
    config += "[engines.only_once]\n[engines.only_streams]\n"
    config += f'[engines.in_c]\npath = "{library}/library/libecho.so"\n[http]\ncors = ""\n'
    (folder / "aiges.toml").write_text(config)
    with serving(*AT_ONCE, cwd=folder) as running:
        yield running
        assert running.stop() == 0


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in WRAPPERS for path in WRAPPERS[name][1]])
def test_an_engine_is_reached_by_post_and_by_websocket(served, name, path):
    status, _, body = served.request("POST", path, json.dumps(ask()))
    assert status == 200 and json.loads(body)["payload"]["r"]["text"] == name
    with connect(f"ws://{served.address}{path}") as stream:
        stream.send(json.dumps(ask(status=3)))
        told = rest_of(stream)
    assert told.close == 1000 and told.data("r") == [name.encode()]
    document = json.loads(served.request("GET", "/openapi.json")[2])
    assert path in document["paths"]


def test_an_engine_in_c_is_reached_by_its_name(served):
    assert served.post("in_c", ask())[0] == 200


def test_where_nothing_is_served(served):
    for path in ("/not/this", "/v1/private/named", "/v1/private/in_c/", "/"):
        status, _, body = served.request("POST", path, json.dumps(ask()))
        assert (status, code_of(json.loads(body))) == (404, 10008)
    with pytest.raises(InvalidStatus) as caught, connect(f"ws://{served.address}/not/this"):
        pass
    assert caught.value.response.status_code == 404
    answer = json.loads(caught.value.response.body)
    assert code_of(answer) == 10008 and "/v1/private/other" in answer["header"]["message"]


def test_an_engine_without_sessions_has_no_websocket(served):
    assert served.post("only_once", ask())[0] == 200
    with pytest.raises(InvalidStatus) as caught, open_stream(served, "only_once"):
        pass
    response = caught.value.response
    assert response.status_code == 405 and response.headers["allow"] == "POST, OPTIONS"
    assert "no sessions" in json.loads(response.body)["header"]["message"]


def test_an_engine_with_nothing_but_sessions(served):
    status, answer = served.post("only_streams", ask())
    assert (status, code_of(answer), answer["header"]["engine_code"]) == (501, 10600, -20024)


def test_of_engines_with_one_route_the_first_has_it(c_echo, tmp_path):
    (tmp_path / "aiges.toml").write_text(
        f'[drain]\ngrace = 0\n[engines.one]\npath = "{c_echo}"\nroutes = ["/ai"]\n'
        f'[engines.two]\npath = "{ROOT}/library/echo_py"\nroutes = ["/ai", "/other"]\n'
    )
    with serving(cwd=tmp_path) as running:
        for path in ("/ai", "/other"):
            assert running.request("POST", path, json.dumps(text("x")))[0] == 200
        assert running.stop() == 0
    told = (tmp_path / "stderr.txt").read_text()
    assert "engines 'two' and 'one' have one route, /ai: the second is served there" in told


def test_a_head_request_has_the_length_and_no_body(served):
    _, fields, page = served.request("GET", "/docs")
    status, told, body = served.request("HEAD", "/docs")
    assert (status, told["content-length"], body) == (200, fields["content-length"], b"") and page


def test_the_sid_of_the_client_is_in_the_access_log(library, tmp_path):
    words = ("--set", "log.level=info", "--set", "drain.grace=0", library / "library" / "libecho.so")
    with serving(*words, cwd=tmp_path) as running:
        assert running.post("echo", {**text("x"), "header": {"sid": "my-own"}})[0] == 200
        assert running.stop() == 0
    assert "client_sid=my-own" in (tmp_path / "stderr.txt").read_text()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused_with_those_there_are(served, method):
    status, headers, body = served.request(method, "/one/path")
    assert (status, headers["allow"]) == (405, "POST, OPTIONS") and json.loads(body)["header"]["message"]


def test_other_origins_are_not_allowed_where_the_configuration_says_so(served):
    for method, body in (("POST", json.dumps(ask())), ("OPTIONS", None)):
        headers = served.request(method, "/one/path", body, {"Origin": "http://elsewhere"})[1]
        assert not any(name.startswith("access-control") for name in headers)


@pytest.mark.parametrize("level", ["debug", "info"])
def test_no_log_holds_what_clients_sent(level, library, tmp_path):
    words = ("--set", f"log.level={level}", "--set", "log.file=log/a.log", library / "library/echo_py")
    request = ask("sesame", parameter={"echo_py": {"open": "sesame"}}, header={"token": "sesame"})
    with serving(*AT_ONCE, *words, cwd=tmp_path) as running:
        assert running.post("echo_py", request)[0] == 200
        request["parameter"]["echo_py"]["echo.fail"] = 5
        status, answer = running.post("echo_py", request)
        assert status == 500
        assert running.stop() == 0
    lines = (tmp_path / "log/a.log").read_text()
    assert answer["header"]["sid"] in lines and "code=10909" in lines
    for told in (lines, (tmp_path / "stderr.txt").read_text()):
        assert "sesame" not in told and "c2VzYW1l" not in told
