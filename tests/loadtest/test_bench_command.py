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
    ["http://localhost/x", "--stream"],
    ["-f", "none.toml"],
    ["--compare", "a.json", "b.json"],
]


@pytest.mark.parametrize("words", BAD, ids=" ".join)
def test_bad_input_is_one_line_and_exit_code_2(words, capsys):
    assert bench(*words) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and len(shown.err.splitlines()) == 1
    assert shown.err.startswith("cannot plan the load test") and "; try " in shown.err


def test_what_cannot_be_done_is_one_line_and_exit_code_1(capsys):
    assert bench("nosuch-engine") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


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
