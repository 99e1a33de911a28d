"""`aiges-native bench` and `xtest` as people run them."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from aiges_native.cli import main

SAMPLE = Path(__file__).parent / "xtest.toml"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def bench(*words: str) -> int:
    return main(["bench", *words])


def test_a_run_with_all_reports(service, tmp_path, capsys):
    url = f"http://{service}/v1/private/echo"
    words = ["-c", "4", "-d", "1s", "--input", "data=hi", "--csv", "a.csv", "--html", "a.html", "--xtest", "x"]
    assert bench(url, *words, "--json", "a.json", "--fail-if", "errors>0") == 0
    shown = capsys.readouterr()
    assert "latency" in shown.out and url in shown.out and shown.err == ""
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["plan"]["kind"] == "http" and document["requests"] > 10
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} >= {
        "a.csv", "a.html", "a.json", "perf.txt", "perfReqRecord.csv", "errDist", "resource.csv", "line.svg"
    }  # fmt: skip


def test_json_on_stdout_is_nothing_but_json(echo_engine, capsys):
    assert bench(echo_engine, "-n", "20", "--json", "-", "--quiet") == 0
    assert json.loads(capsys.readouterr().out)["requests"] == 20


def test_a_broken_limit_is_exit_code_1(echo_engine, capsys):
    assert bench(echo_engine, "-n", "20", "--param", "echo.fail=7", "--fail-if", "errors[7]>0") == 1
    assert capsys.readouterr().err == "limit 'errors[7]>0': 20\n"


def test_a_rate_and_a_number_of_requests(echo_engine, capsys):
    assert bench(echo_engine, "--rate", "200", "-n", "40", "--json", "-") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["requests"] == 40 and document["plan"]["pace"].startswith("open loop, 200/s constant")


def test_streams_from_a_file(echo_engine, tmp_path, capsys):
    (tmp_path / "speech.pcm").write_bytes(bytes(100))
    words = ["-n", "2", "--input", "data:audio=@speech.pcm", "--attribute", "data.encoding=raw", "--slice", "40@5ms"]
    assert bench(echo_engine, *words, "--json", "-") == 0
    (stream,) = json.loads(capsys.readouterr().out)["plan"]["streams"]
    assert (stream["type"], stream["frames"], stream["bytes"], stream["interval_ms"]) == ("audio", 3, 100, 5)


def test_compare(echo_engine, capsys):
    for name in ("a.json", "b.json"):
        assert bench(echo_engine, "-n", "50", "--json", name) == 0
    capsys.readouterr()
    assert bench("--compare", "a.json", "b.json") == 0
    assert "throughput" in capsys.readouterr().out
    assert bench("--compare", "a.json", "b.json", "--fail-if", "requests>+0.1%", "--fail-if", "errors>0") == 0
    assert bench("--compare", "a.json", "b.json", "--fail-if", "requests>10") == 1


def test_xtest_with_its_file(service, tmp_path, capsys):
    (tmp_path / "cat.jpg").write_bytes(bytes(2000))
    text = SAMPLE.read_text().replace("/code/runtime/", "").replace("127.0.0.1:5090", service)
    text = text.replace("linearMs = 5000", "perfOn = true").replace("loopCnt = 500", "loopCnt = 30")
    (tmp_path / "xtest.toml").write_text(text)
    assert bench("-f", "xtest.toml") == 0
    assert "30 requests" in capsys.readouterr().out
    assert (tmp_path / "log/errDist").read_text() == '0(""): 30\n'
    assert len((tmp_path / "perfReqRecord.csv").read_text().splitlines()) == 30


def test_the_script_xtest(tmp_path):
    def xtest(*words: str) -> subprocess.CompletedProcess[str]:
        program = "import sys; from aiges_native.cli.bench import xtest; sys.exit(xtest())"
        return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)

    version = xtest("-v")
    assert version.returncode == 0 and version.stdout[0].isdigit()
    missing = xtest()
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.startswith("cannot plan the load test: there is no file 'xtest.toml'; try ")


def test_texts_go_as_the_bytes_they_were_typed_in(echo_engine, capsys):
    assert bench(echo_engine, "-n", "1", "--input", "data=\udcff\udcfe", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == {"sent": 2, "received": 2}


def test_events_raw_bodies_and_binary_frames(served, capsys):
    address = f"{served.address}/v1/private"
    ticks, echo = f"http://{address}/ticks?date=now", f"http://{address}/echo_py"
    assert bench(ticks, "-n", "4", "--events", "--param", "count=3", "--json", "-", "--fail-if", "pieces<12") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["pieces"], document["plan"]["mode"], document["failed"]) == (12, "events", 0)
    assert document["measures"]["first"]["count"] == 4 and "form" not in document["plan"]
    for words in (
        [echo, "--body", "raw", "--input", "data:image=x"],
        [echo, "--body", "multipart", "--input", "data=x", "--input", "more=y", "--attribute", "more.format=json"],
        [echo.replace("http", "ws"), "--frames", "binary", "--slice", "1@1ms"],
    ):
        assert bench(*words, "-n", "4", "--json", "-") == 0
        document = json.loads(capsys.readouterr().out)
        assert (document["requests"], document["failed"], document["plan"]["form"]) == (4, 0, words[2])


def test_the_file_of_xtest_in_other_forms(served, tmp_path, capsys):
    (tmp_path / "cat.jpg").write_bytes(bytes(2000))
    text = SAMPLE.read_text().replace("/code/runtime/", "").replace("linearMs = 5000", "")
    (tmp_path / "xtest.toml").write_text(text)
    words = [f"http://{served.address}/v1/private/echo_py", "-f", "xtest.toml", "-n", "4", "-c", "1"]
    assert bench(*words, "--body", "raw") == 2
    assert "a raw body has no place for the header; try --body multipart" in capsys.readouterr().err
    assert bench(*words, "--body", "multipart", "--events", "--fail-if", "errors>0", "--fail-if", "pieces>0") == 0


BAD = [
    [],
    ["ftp://host/x"],
    ["echo", "-d", "soon"],
    ["echo", "-d", "1s", "--warmup", "1s"],
    ["echo", "--rate", "many"],
    ["echo", "--rate", "1..5", "-n", "5"],
    ["echo", "--poisson"],
    ["echo", "-c", "0"],
    ["echo", "-n", "0"],
    ["echo", "--input", "data"],
    ["echo", "--input", "data:smell=x"],
    ["echo", "--input", "data=@nowhere"],
    ["echo", "--attribute", "data=x"],
    ["echo", "--attribute", "other.x=y"],
    ["echo", "--expect", "r:smell"],
    ["echo", "--slice", "0"],
    ["echo", "--param", "x"],
    ["echo", "--fail-if", "p99>fast"],
    ["echo", "--fail-if", "p99>+5%"],
    ["echo", "--timeout", "0"],
    ["echo", "--rate", "2000000"],
    ["echo", "-d", "99999999999h"],
    ["echo", "--ramp", "11000h"],
    ["echo", "--slice", "5", "--lines"],
    ["echo", "--input", "data:text=x", "--input", "data:audio=y"],
    ["echo", "--events"],
    ["echo", "--body", "raw"],
    ["echo", "--param", "x=\udcff"],
    ["http://localhost/x", "--stream"],
    ["http://localhost/x", "--events", "--slice", "5"],
    ["http://localhost/x", "--events", "--stream"],
    ["http://localhost/x", "--frames", "binary"],
    ["http://localhost/x", "--body", "raw", "--frames", "binary"],
    ["http://localhost/x", "--body", "raw", "--input", "a=1", "--input", "b=2"],
    ["http://localhost/x", "--body", "raw", "--header", "appid=x"],
    ["http://localhost/\udcff"],
    ["http://localhost/a b"],
    ["http://localhost/é"],
    ["ws://localhost/x", "--events"],
    ["ws://localhost/x", "--body", "raw"],
    ["ws://localhost/x#end"],
    ["ws://name@localhost/x"],
    ["-f", "none.toml"],
    ["--compare", "a.json", "b.json"],
]


@pytest.mark.parametrize("words", BAD, ids=" ".join)
def test_bad_input_is_one_line_and_exit_code_2(words, capsys):
    assert bench(*words) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and len(shown.err.splitlines()) == 1
    assert shown.err.startswith("cannot plan the load test") and "; try " in shown.err


def test_a_file_that_is_a_folder(capsys):
    assert bench("-f", ".") == 2
    assert capsys.readouterr().err == "cannot read '.': is a directory; try another file\n"


def test_what_cannot_be_done_is_one_line_and_exit_code_1(capsys):
    assert bench("nosuch-engine") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("words", [["http://a..b/x"], ["ws://a..b/x"], ["echo", "--pid", str(1 << 22)]], ids=" ".join)
def test_what_is_not_there_is_one_line_and_exit_code_1(words, capsys):
    assert bench(*words, "-n", "1") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_result_that_is_damaged(echo_engine, tmp_path, capsys):
    assert bench(echo_engine, "-n", "5", "--json", "a.json") == 0
    document = json.loads((tmp_path / "a.json").read_text())
    for key in ("plan", "requests", "measures", "timeline", "interval_seconds"):
        (tmp_path / "b.json").write_text(json.dumps({**document, key: "?"}))
        capsys.readouterr()
        assert bench("--compare", "a.json", "b.json") == 2
        assert f"'b.json' is damaged: it has no '{key}'" in capsys.readouterr().err
    (tmp_path / "b.json").write_text("[" * 100_000)
    assert bench("--compare", "a.json", "b.json") == 2


def test_a_package_that_is_missing(monkeypatch, capfd):
    from aiges_native.loadtest import LoadTestError, Plan
    from aiges_native.loadtest.target import http, websocket

    monkeypatch.setitem(sys.modules, "httptools", None)
    monkeypatch.setitem(sys.modules, "websockets.client", None)
    for users in (
        lambda: http.http_users(Plan("http://h/x"), 1),
        lambda: websocket.websocket_users(Plan("ws://h/x"), 1, None),
    ):
        with pytest.raises(LoadTestError, match=r"is not installed; try pip install 'aiges-native\[bench-tool\]'"):
            users()


def interrupted(times: int, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """The command, with Ctrl-C as soon as something was answered, and again with each later look at the progress."""
    program = textwrap.dedent(f"""
        import os, signal, sys
        from aiges_native.cli import main
        from aiges_native.loadtest.progress import Progress

        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits it ignored
        left = [{times}]

        def press(self, seconds, ok, failed):
            if ok and left[0]:
                left[0] -= 1
                os.kill(os.getpid(), signal.SIGINT)

        Progress._update = press
        sys.exit(main(["bench", *{arguments!r}]))
    """)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=180)


@pytest.mark.parametrize("kind", ["service", "echo_engine"])
def test_ctrl_c_leaves_the_figures_until_then(kind, request, tmp_path):
    target = request.getfixturevalue(kind)
    target = f"http://{target}/v1/private/echo" if kind == "service" else target
    done = interrupted(1, [target, "-d", "1h", "--warmup", "0", "-c", "2", "--json", "a.json"])
    assert done.returncode == 130, done.stderr
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["interrupted"] and document["requests"] > 0 and document["failed"] == 0
    assert 0 < document["seconds"] < 3600 and document["throughput"] > 0
    assert "interrupted: these are the figures until then" in done.stdout


def test_a_second_ctrl_c_ends_it_at_once(service, tmp_path):
    words = [
        f"http://{service}/v1/private/echo",
        "-d",
        "1h",
        "--warmup",
        "0",
        "--param",
        "delay_ms=700",
        "--json",
        "a.json",
    ]
    done = interrupted(2, words)
    assert (done.returncode, done.stderr) in ((130, "interrupted: no figures\n"), (130, ""))
    assert "Traceback" not in done.stderr
