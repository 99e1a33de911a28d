"""Local runs: what they call, what they say, and how they fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
import types
from pathlib import Path

import pytest

from aiges_native import AigesError, DataListNode
from aiges_native.sdk import (
    AudioBodyField,
    IntegerParamField,
    Response,
    ResponseData,
    SessionCreateResponse,
    StringBodyField,
    StringParamField,
    WrapperBase,
    callback,
    callback_metric,
    callback_trace,
    cancelled,
    remaining,
    run,
)
from aiges_native.sdk.runner import LocalRun, UsageError


class Request:
    text = StringBodyField("text", "hello")
    mode = StringParamField("mode", enums=["upper", "lower"], value="upper")
    count = IntegerParamField("count", 0, 9, value=5)


class Answer:
    result = StringBodyField("result")


class Upper(WrapperBase):
    serviceId = "upper"
    config = {"common.lic": 10}
    requestCls = Request()
    responseCls = Answer

    def __init__(self):
        super().__init__()
        self.calls = []

    def wrapperInit(self, config):
        self.calls.append(("init", config))
        return 0

    def wrapperFini(self):
        self.calls.append(("fini",))
        return 0

    def wrapperOnceExec(self, params, reqData):
        self.calls.append(("exec", params, [(n.key, n.data, n.type, n.status) for n in reqData.list]))
        return Response([ResponseData("result", reqData.get("text").data.upper())])

    def wrapperError(self, code):
        return f"my text for {code}"


def answering(answer):
    """A wrapper whose once call gives what ``answer(self, params, reqData)`` gives."""
    return type("Answering", (Upper,), {"wrapperOnceExec": answer})()


def last_line(capsys) -> str:
    return capsys.readouterr().out.splitlines()[-1]


# ---- Once ------------------------------------------------------------------------------------------------------------


def test_once_sends_the_fields_and_shows_the_answer(capsys):
    wrapper = Upper()
    outcome = wrapper.run()
    assert outcome.ok and bool(outcome) and outcome.mode == "once" and outcome.reason is None
    assert outcome.responses[0]["result"].data == b"HELLO"
    assert set(outcome.timings) == {"wrapperInit", "wrapperOnceExec", "wrapperFini"}
    assert [call[0] for call in wrapper.calls] == ["init", "exec", "fini"]
    _, params, nodes = wrapper.calls[1]
    assert {**params, "sid": "-"} == {"mode": "upper", "count": "5", "sid": "-"} and params["sid"]
    assert nodes == [("text", b"hello", 0, 3)]
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "verified" and any("HELLO" in line for line in lines)


def test_config_comes_from_settings_class_and_caller(tmp_path, monkeypatch):
    (tmp_path / "aiges.toml").write_text('[wrapper]\n"common.lic" = 3\nfile = "only"\nflag = true\n')
    monkeypatch.chdir(tmp_path)
    wrapper = Upper()
    run(wrapper, config={"more": 0.5})
    config = wrapper.calls[0][1]
    assert (config["common.lic"], config["file"], config["flag"], config["more"]) == ("10", "only", "true", "0.5")
    assert config["common.lic"] > 9, "a decimal value is a number to numbers, as in a service"
    assert "wrapper.object" not in config


def test_inputs_and_params_override_and_add(capsys):
    wrapper = Upper()
    wrapper.run(inputs={"text": "x", "more": DataListNode("", b"\x00", 2)}, params={"mode": "odd", "new": True})
    _, params, nodes = wrapper.calls[1]
    assert (params["mode"], params["new"]) == ("odd", "true")
    assert nodes == [("text", b"x", 0, 3), ("more", b"\x00", 2, 3)]
    assert "expected one of 'upper', 'lower'" in capsys.readouterr().out


def test_methods_are_looked_up_on_the_object_at_each_run():
    wrapper = Upper()
    wrapper.run()
    wrapper.wrapperOnceExec = lambda params, reqData: Response([ResponseData("result", "replaced")])
    assert wrapper.run().responses[0].data == b"replaced"


def test_overridden_run_once_is_called():
    class Own(Upper):
        def run_once(self):
            return "own"

    assert Own().run() == "own" and run(Own()) == "own"


def test_any_object_and_any_module_can_be_run(tmp_path):
    class Plain:
        def wrapperOnceExec(self, params, reqData):
            return Response([ResponseData("r", reqData.list[0].data)])

    assert run(Plain(), inputs={"k": b"v"}).responses[0].data == b"v"
    module = types.ModuleType("functions")
    exec("def wrapperOnceExec(usrTag, params, reqData, respData, psrIds, psrCnt):\n"
         "    respData.append({'key': 'r', 'data': reqData[0]['data'], 'status': 3})\n"
         "    return 0", module.__dict__)  # fmt: skip
    assert run(module, inputs={"k": b"v"}).responses[0].data == b"v"
    (tmp_path / "wrapper.py").write_text(
        "from aiges_native.sdk import *\nclass Wrapper(WrapperBase):\n    def wrapperOnceExec(self, params, reqData):\n"
        "        return Response([ResponseData('r', 'from file')])\n"
    )
    assert run(tmp_path, inputs={"k": b"v"}).responses[0].data == b"from file"
    assert run(str(tmp_path / "wrapper.py"), inputs={"k": b"v"}, mode="once").responses[0].data == b"from file"


def test_native_lets_the_library_import_the_file(tmp_path):
    (tmp_path / "wrapper.py").write_text(
        "from aiges_native.sdk import *\nclass Wrapper(WrapperBase):\n    def wrapperOnceExec(self, params, reqData):\n"
        "        return Response([ResponseData('r', str(id(self)))])\n"
    )
    from aiges_native.sdk.runner import load_target

    wrapper = load_target(tmp_path).wrapper
    assert run(wrapper, inputs={"k": "v"}).responses[0].data == str(id(wrapper)).encode()
    assert run(wrapper, inputs={"k": "v"}, native=True).responses[0].data != str(id(wrapper)).encode()


def test_metrics_and_traces_are_counted():
    def answer(self, params, reqData, usrTag):
        assert callback_metric(usrTag, "chars", 2) == 0 and callback_metric(usrTag, "chars", 3) == 0
        assert callback_trace(usrTag, "step", "one") == 0
        return Response([ResponseData("result", "x")])

    outcome = answering(answer).run()
    assert outcome.metrics == {"chars": 5} and outcome.traces == {"step": 1}


# ---- Failures --------------------------------------------------------------------------------------------------------


def failing(answer, capsys, **options):
    with pytest.raises(SystemExit) as ended:
        answering(answer).run(**options)
    assert ended.value.code == 1
    outcome = answering(answer).run(check=False, **options)
    assert not outcome.ok
    return outcome, capsys.readouterr()


def test_an_exception_gives_its_traceback_and_a_cure(capsys):
    def answer(self, params, reqData):
        raise ValueError("boom")

    outcome, said = failing(answer, capsys)
    assert (outcome.code, type(outcome.error)) == (-20030, ValueError)
    assert said.out.splitlines()[-2] == "FAILED: wrapperOnceExec: ValueError: boom"
    assert said.out.splitlines()[-1].startswith("try: ")
    assert 'raise ValueError("boom")' in said.err and "aiges_native/_native" not in said.err


def test_system_exit_is_a_failure_and_not_the_end():
    def answer(self, params, reqData):
        sys.exit(3)

    assert isinstance(answering(answer).run(check=False).error, SystemExit)


def test_keyboard_interrupt_in_a_debugged_call_ends_the_run():
    def answer(self, params, reqData):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answering(answer).run(debug=True)


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (None, -20031, "returned NoneType, expected a Response"),
        ("text", -20031, "returned str"),
        (Response(), -20033, "without items"),
        (30007, 30007, "my text for 30007"),
        (Response().response_err(7), 7, "my text for 7"),
    ],
)
def test_what_no_host_can_use_fails(value, code, words, capsys):
    outcome, said = failing(lambda self, params, reqData: value, capsys)
    assert outcome.code == code and words in outcome.reason
    assert "Traceback" not in said.err


def test_none_of_a_streaming_wrapper_goes_on_as_a_session(sound, capsys):
    class Both(Sessions):
        def wrapperOnceExec(self, params, reqData):
            return None

    outcome = Both().run(mode="once")
    assert outcome.mode == "stream" and outcome.responses[-1].final
    assert "going on with a session" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([ResponseData("wrong", b"x")], "'wrong' is not declared: responseCls has 'result'"),
        ([ResponseData("", b"x")], "has no key"),
        ([ResponseData("result", b"x", type=2)], "has type image, declared is text"),
        ([ResponseData("result", b"x", status=1)], "has status continue"),
        ([ResponseData("result", b"x"), ResponseData("result", b"y")], "2 items with the key 'result'"),
        ([ResponseData("result", b"abc", 2)], "says len 2, its data has 3 bytes"),
        ([ResponseData("result", b"abc", 9)], "says len 9, its data has 3 bytes"),
    ],
)
def test_an_answer_other_than_declared_fails(items, words, capsys):
    outcome, _ = failing(lambda self, params, reqData: Response(items), capsys)
    assert words in outcome.reason and outcome.code == 0
    assert not Upper().check_resp(Response(items))


def test_text_that_is_not_utf8_is_a_warning():
    outcome = answering(lambda self, params, reqData: Response([ResponseData("result", b"\xff")])).run()
    assert outcome.ok and "not UTF-8 (byte 0)" in outcome.warnings[0]


def test_check_resp_says_what_it_finds(caplog):
    good = Response([ResponseData("result", "x")])
    assert Upper().check_resp(good) and Upper().check_resp(Response(error_code=3))
    assert not Upper().check_resp(None) and not Upper().check_resp(Response())
    assert [record.name for record in caplog.records] == ["aiges", "aiges"]


def test_a_failing_start_calls_nothing_else(capsys):
    class Unwilling(Upper):
        def wrapperInit(self, config):
            self.calls.append(("init", config))
            return 30001

    wrapper = Unwilling()
    outcome = wrapper.run(check=False)
    assert outcome.code == 30001 and "wrapperInit" in outcome.reason
    assert [call[0] for call in wrapper.calls] == ["init"]

    class Raising(Upper):
        def wrapperInit(self, config):
            raise ImportError("no such model")

    outcome = Raising().run(check=False)
    assert isinstance(outcome.error, ImportError) and "no such model" in outcome.reason


def test_fini_is_called_after_a_failure_and_its_own_failure_is_told(capsys):
    class Finish(Upper):
        def wrapperOnceExec(self, params, reqData):
            raise ValueError("first")

        def wrapperFini(self):
            raise ValueError("second")

    outcome = Finish().run(check=False)
    assert "first" in outcome.reason and any("second" in warning for warning in outcome.warnings)


def test_a_signature_that_cannot_be_bound_fails_at_the_start():
    outcome = answering(lambda self, a, b, c, d, e, f, g: None).run(check=False)
    assert outcome.code == -20025 and "cannot bind method 'wrapperOnceExec'" in outcome.reason


def test_an_end_that_does_not_come_back_is_given_up(capsys):
    release = threading.Event()

    class Stays(answering(lambda self, params, reqData: Response([ResponseData("result", "x")])).__class__):
        def wrapperFini(self):
            release.wait(30)
            return 0

    outcome = Stays().run(timeout=0.2, check=False)
    release.set()
    assert not outcome.ok and outcome.reason == "wrapperFini: no answer for 0.2 s"
    assert "release.wait(30)" in capsys.readouterr().err


def test_an_exception_without_a_text_is_told_all_the_same():
    class Mute(Exception):
        def __str__(self):
            raise ValueError("no text")

    def answer(self, params, reqData):
        raise Mute

    outcome = answering(answer).run(check=False)
    assert outcome.reason == "wrapperOnceExec: Mute: (its text cannot be had: ValueError)"


def test_a_call_that_does_not_come_back_is_given_up(capsys):
    release = threading.Event()

    def answer(self, params, reqData):
        release.wait(30)
        return Response([ResponseData("result", "x")])

    outcome = answering(answer).run(timeout=0.2, check=False)
    release.set()
    assert (outcome.code, outcome.ok) == (-20007, False)
    said = capsys.readouterr()
    assert "release.wait(30)" in said.err and "no answer for 0.2 s" in said.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "stream"}, "needs the method 'wrapperCreate'; the wrapper's modes are: once"),
        ({"mode": "async"}, "needs the method 'wrapperOnceExecAsync'"),
        ({"mode": "odd"}, "there is no mode 'odd'"),
        ({"inputs": {"text": None}}, "input 'text': "),
        ({"res": "none.bin"}, "resource 'none.bin': No such file"),
        ({"res": "."}, "resource '.': Is a directory"),
    ],
)
def test_wrong_usage_says_so_and_is_exit_2(options, words, capsys):
    with pytest.raises(SystemExit) as ended:
        Upper().run(**options)
    assert ended.value.code == 2 and words in capsys.readouterr().err


def test_without_fields_and_inputs_it_says_how_to_give_some(capsys):
    class Bare:
        def wrapperOnceExec(self, params, reqData):
            raise AssertionError

    with pytest.raises(UsageError, match=r"declares no inputs.*--input text=hello"):
        run(Bare(), check=False)
    with pytest.raises(UsageError, match="has no wrapperOnceExec"):
        run(object(), inputs={"k": b"v"}, check=False)


def test_a_missing_test_file_names_the_places(tmp_path, monkeypatch, capsys):
    class Files:
        sound = AudioBodyField("sound", "test_data/none.wav")

    class Hearing(Upper):
        requestCls = Files

    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        Hearing().run()
    assert ended.value.code == 2 and "none.wav" in capsys.readouterr().err
    assert Hearing().run(inputs={"sound": b"\x00\x00", "text": "t"}, check=False).code != 2


# ---- Async -----------------------------------------------------------------------------------------------------------


class Delayed(Upper):
    wrapperOnceExec = None

    def wrapperOnceExecAsync(self, params, reqData, usrTag):
        threading.Thread(target=self.answer, args=(usrTag,)).start()
        return 0

    def answer(self, tag):
        assert callback(Response([ResponseData("result", "a", status=0)]), tag) == 0
        assert callback(Response([ResponseData("result", "b", status=2)]), tag) == 0
        assert callback(Response([ResponseData("result", "c", status=2)]), tag) == -1


def test_async_takes_results_until_the_final_one():
    outcome = Delayed().run()
    assert outcome.mode == "async" and [result.data for result in outcome.responses] == [b"a", b"b"]


def test_async_without_an_answer_fails_in_time():
    class Silent(Delayed):
        def answer(self, tag):
            pass

    outcome = Silent().run(timeout=0.2, check=False)
    assert outcome.code == -20007 and "no result by callback" in outcome.reason


def test_async_error_is_the_wrappers_own():
    class Refusing(Delayed):
        def answer(self, tag):
            callback(Response(error_code=41), tag)

    outcome = Refusing().run(check=False)
    assert outcome.code == 41 and "my text for 41" in outcome.reason

    class NotStarted(Delayed):
        def wrapperOnceExecAsync(self, params, reqData, usrTag):
            return 42

    assert NotStarted().run(check=False).code == 42


# ---- Streams ---------------------------------------------------------------------------------------------------------


class Sound:
    sound = AudioBodyField("sound", "sound.pcm")
    words = StringBodyField("words", "grammar")


class Sessions(Upper):
    """Answers each frame by callback with its bytes and its own status."""

    requestCls = Sound
    wrapperOnceExec = None

    def wrapperCreate(self, params, sid, persId, usrTag):
        self.tag = usrTag
        self.calls.append(("create", sid, usrTag))
        return SessionCreateResponse("h1")

    def wrapperWrite(self, handle, req):
        sound = req.get("sound")
        self.calls.append(("write", handle, sound.data, sound.status, req.get("words").data))
        callback(Response([ResponseData("result", sound.data, status=sound.status)]), self.tag)
        return 0

    def wrapperDestroy(self, handle):
        self.calls.append(("destroy", handle))
        return 0


@pytest.fixture
def sound(tmp_path, monkeypatch):
    (tmp_path / "sound.pcm").write_bytes(bytes(range(10)))
    monkeypatch.chdir(tmp_path)


def test_streams_cut_audio_into_frames_and_repeat_the_rest(sound):
    wrapper = Sessions()
    outcome = wrapper.run()
    assert outcome.mode == "stream"
    writes = [call[2:] for call in wrapper.calls if call[0] == "write"]
    frames = [bytes(range(4)), bytes(range(4, 8)), bytes(range(8, 10))]
    assert writes == [(frame, status, b"grammar") for frame, status in zip(frames, (0, 1, 2), strict=True)]
    assert [result[0].status for result in outcome.responses] == [0, 1, 2]
    assert [call[0] for call in wrapper.calls] == ["init", "create", *["write"] * 3, "destroy", "fini"]
    (sid, tag) = next(call[1:] for call in wrapper.calls if call[0] == "create")
    assert sid and tag and sid != tag


@pytest.mark.parametrize(("frames", "statuses"), [(1, [2]), (2, [0, 2]), (5, [0, 1, 1, 1, 2])])
def test_the_last_frame_is_the_end(frames, statuses, sound):
    wrapper = Sessions()
    wrapper.run(stream=True, frames=frames)
    assert [call[3] for call in wrapper.calls if call[0] == "write"] == statuses


def test_no_frames_is_wrong_usage(sound):
    with pytest.raises(UsageError, match="1 frame or more, not 0"):
        Sessions().run(frames=0, check=False)


def test_writing_stops_when_the_answer_has_ended(sound):
    class Early(Sessions):
        def wrapperWrite(self, handle, req):
            self.calls.append(("write",))
            callback(Response([ResponseData("result", "x", status=2)]), self.tag)
            return 0

    wrapper = Early()
    assert wrapper.run().ok and len([call for call in wrapper.calls if call[0] == "write"]) == 1


def test_items_after_the_end_fail(sound):
    class Twice(Sessions):
        def wrapperWrite(self, handle, req):
            items = [ResponseData("result", "x", status=2), ResponseData("result", "y", status=1)]
            callback(Response(items), self.tag)
            return 0

    assert "items with the key" in Twice().run(check=False).reason


class Reading(Sessions):
    def wrapperCreate(self, params, sid):
        self.ready = []
        return "h2"

    def wrapperWrite(self, handle, req):
        self.ready.append((req.list[0].data, req.list[0].status))
        return 0

    def wrapperRead(self, handle):
        if not self.ready:
            return Response()
        data, status = self.ready.pop(0)
        return Response([ResponseData("result", data, status=status)])


def test_read_mode_fetches(sound):
    outcome = Reading().run_stream(mode="read")
    assert outcome.mode == "read" and [result[0].status for result in outcome.responses] == [0, 1, 2]


def test_settings_choose_read_mode(sound, tmp_path):
    (tmp_path / "aiges.toml").write_text("[aiges]\nasyncMode = false\n")
    assert Reading().run().mode == "read"


def test_a_module_that_names_no_callback_is_read(sound, tmp_path):
    source = """
        from aiges_native.sdk import WrapperBase, Response, ResponseData, AudioBodyField
        class Request:
            sound = AudioBodyField("sound", "sound.pcm")
        class Wrapper(WrapperBase):
            requestCls = Request
            def wrapperCreate(self, params, sid):
                self.last = None
                return sid
            def wrapperWrite(self, handle, req):
                self.last = req.list[0].status
                return 0
            def wrapperRead(self, handle):
                status, self.last = self.last, None
                return Response([ResponseData("r", "x", status=status)] if status is not None else [])
    """
    (tmp_path / "wrapper.py").write_text(textwrap.dedent(source))
    assert run(tmp_path).mode == "read"


def test_reading_gives_up_in_time(sound):
    class Never(Reading):
        def wrapperRead(self, handle):
            return Response()

    outcome = Never().run_stream(mode="read", timeout=0.2, check=False)
    assert outcome.code == -20007 and "wrapperRead had nothing" in outcome.reason


def test_failures_of_a_session_are_told(sound):
    class NoHandle(Sessions):
        def wrapperCreate(self, params, sid):
            return None

    assert NoHandle().run(check=False).code == -20031

    class NoWrite(Sessions):
        def wrapperWrite(self, handle, req):
            raise ValueError("full")

    wrapper = NoWrite()
    outcome = wrapper.run(check=False)
    assert isinstance(outcome.error, ValueError)
    assert [call[0] for call in wrapper.calls][-2:] == ["destroy", "fini"], "a failed session is closed"


# ---- Cancel, deadline, resources -------------------------------------------------------------------------------------


def test_cancelled_and_remaining_work(sound):
    def answer(self, params, reqData):
        assert cancelled() is False and 0 < remaining() <= 60
        return Response([ResponseData("result", "ok")])

    assert cancelled() is False and remaining() is None
    assert answering(answer).run().ok


def test_resources_are_loaded_used_and_unloaded(tmp_path):
    (tmp_path / "hot.bin").write_bytes(b"words")

    class Personal(Upper):
        def wrapperLoadRes(self, reqData, resId):
            self.calls.append(("load", reqData.list[0].data, resId))
            return 0

        def wrapperUnloadRes(self, resId):
            self.calls.append(("unload", resId))
            return 0

        def wrapperOnceExec(self, params, reqData, usrTag, persId):
            self.calls.append(("exec", persId))
            return Response([ResponseData("result", "x")])

    wrapper = Personal()
    wrapper.run(res=tmp_path / "hot.bin", res_id="p7")
    assert wrapper.calls[1:-1] == [("load", b"words", "p7"), ("exec", 1), ("unload", "p7")]

    class Refusing(Personal):
        def wrapperLoadRes(self, reqData, resId):
            return 31

    wrapper = Refusing()
    outcome = wrapper.run(res=tmp_path / "hot.bin", check=False)
    assert outcome.code == 31 and [call[0] for call in wrapper.calls] == ["init", "fini"]


def test_pools_end_after_fini():
    class Pooled(Upper):
        def wrapperInit(self, config):
            from aiges_native.sdk import StreamHandleThread

            self.session.init_handle_pool("thread", 2, StreamHandleThread)
            return 0

    before = set(threading.enumerate())
    assert Pooled().run().ok
    assert {t for t in threading.enumerate() if t not in before and t.name != "aiges-run"} == set()


def test_threads_left_are_named():
    release = threading.Event()

    class Careless(Upper):
        def wrapperInit(self, config):
            threading.Thread(target=release.wait, name="careless").start()
            return 0

    outcome = Careless().run()
    release.set()
    assert "threads left: 'careless'" in outcome.warnings[0]


# ---- As a program ----------------------------------------------------------------------------------------------------

PROGRAM = """
    from aiges_native.sdk import WrapperBase, Response, ResponseData, StringBodyField

    class Request:
        text = StringBodyField("text", "hello")

    class Wrapper(WrapperBase):
        serviceId = "s"
        requestCls = Request()

        def wrapperOnceExec(self, params, reqData):
            print("the wrapper prints")
            text = reqData.get("text").data.decode()
            assert text != "bad", "told to fail"
            return Response([ResponseData("picture", b"\\x89PNG....", type=2), ResponseData("result", text)])

    if __name__ == "__main__":
        Wrapper().run()
"""


@pytest.fixture
def program(tmp_path) -> Path:
    (tmp_path / "wrapper.py").write_text(textwrap.dedent(PROGRAM))
    return tmp_path


def command(*words: object, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_python_wrapper_py(program):
    done = command("wrapper.py", cwd=program)
    assert done.stdout.splitlines()[-1] == "verified" and done.stderr == ""


def test_command_runs_a_folder_a_file_and_an_archive(program, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for path in (program, program / "wrapper.py"):
        done = command("-m", "aiges_native", "run", path, "--input", "text=other", cwd=elsewhere)
        assert "other" in done.stdout and done.stdout.splitlines()[-1] == "verified"
    command("-m", "aiges", "pack", "-l", program, "-o", elsewhere / "w.tgz", cwd=elsewhere)
    assert "verified" in command("-m", "aiges", "run", "w.tgz", cwd=elsewhere).stdout


def test_command_gives_files_and_saves_results(program, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "in.txt").write_text("from a file")
    words = ["run", program, "--input", "text=@in.txt", "--save", "out", "--timeout", "30", "--param", "a=b"]
    command("-m", "aiges_native", *words, cwd=elsewhere)
    assert (elsewhere / "out" / "result.txt").read_text() == "from a file"
    assert (elsewhere / "out" / "picture.png").read_bytes() == b"\x89PNG...."


def test_command_prints_one_json_document(program):
    done = command("-m", "aiges_native", "run", "--json", cwd=program)
    shown = json.loads(done.stdout)
    assert shown["ok"] and shown["responses"][0][1]["data"] == "hello"
    assert shown["responses"][0][0]["base64"] is True and shown["responses"][0][0]["type"] == "image"
    assert "the wrapper prints" in done.stderr


def test_command_fails_with_the_wrappers_traceback(program):
    done = command("-m", "aiges_native", "run", "--input", "text=bad", cwd=program, code=1)
    assert "told to fail" in done.stderr and "FAILED" in done.stdout
    (program / "wrapper.py").write_text("import no_such_module\n")
    done = command("-m", "aiges_native", "run", cwd=program, code=1)
    assert "ModuleNotFoundError" in done.stderr and "pip install no_such_module" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--input", "text"], "has no KEY=VALUE"),
        (["--input", "text=@none"], "'none' cannot be read"),
        (["--input", "text:sound=x"], "there is no input type 'sound'"),
        (["--param", "=x"], "has no KEY=VALUE"),
        (["--mode", "stream"], "needs the method 'wrapperCreate'"),
        (["none"], "there is no 'none'"),
        (["--frames", "x"], "invalid int"),
        (["--toml", "none.toml"], "none.toml"),
    ],
)
def test_command_with_wrong_usage_is_one_line_and_exit_2(words, said, program):
    done = command("-m", "aiges_native", "run", *words, cwd=program, code=2)
    assert said in done.stderr and "Traceback" not in done.stderr


def test_broken_settings_are_one_line(program):
    (program / "aiges.toml").write_text("[wrapper\n")
    done = command("wrapper.py", cwd=program, code=2)
    assert "aiges.toml" in done.stderr and "line 1" in done.stderr and "Traceback" not in done.stderr


def test_debug_leaves_breakpoints_working(program):
    environment = {**os.environ, "PYTHONBREAKPOINT": "builtins.print"}
    text = (
        (program / "wrapper.py")
        .read_text()
        .replace('print("the wrapper prints")', 'breakpoint("at", __import__("threading").current_thread().name)')
    )
    (program / "wrapper.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "aiges_native", "run", "--debug"],
        cwd=program, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0 and "at MainThread" in done.stdout


def test_pdb_steps_through_a_debugged_run(program):
    script = "b wrapper.py:14\nc\np text\nc\nq\n"
    done = subprocess.run(
        [sys.executable, "-m", "pdb", "wrapper.py"],
        cwd=program,
        input=script,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "'hello'" in done.stdout and "verified" in done.stdout


def test_a_run_can_be_made_without_a_class():
    outcome = LocalRun(Upper(), "once", inputs={"text": "x"}).run()
    assert outcome.responses[0].data == b"X" and repr(outcome) == "<RunResult once verified>"
    with pytest.raises(TypeError):
        LocalRun(Upper(), "once", nonsense=1)
    assert issubclass(UsageError, ValueError) and issubclass(AigesError, RuntimeError)


def test_a_call_given_up_is_told_and_may_end():
    told = []

    def answer(self, params, reqData):
        assert "aiges.deadline_ms" not in params and 0 < remaining() <= 1
        while not cancelled():
            threading.Event().wait(0.005)
        told.append("cancelled")
        return 5

    wrapper = answering(answer)
    assert wrapper.run(timeout=1, check=False).code == -20007
    assert told == ["cancelled"] and wrapper.calls[-1] == ("fini",)


def test_a_session_given_up_is_told(sound):
    class Silent(Sessions):
        def wrapperWrite(self, handle, req):
            return 0

        def wrapperCancel(self, handle):
            self.calls.append(("cancel", handle))
            return 0

    wrapper = Silent()
    assert wrapper.run(timeout=1, check=False).code == -20007
    assert [call[0] for call in wrapper.calls][-3:] == ["cancel", "destroy", "fini"]
