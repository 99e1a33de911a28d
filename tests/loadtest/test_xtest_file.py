"""xtest.toml: the sample that AIGES ships, and what files in the wild hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiges_native.loadtest import Expect, LoadTestError
from aiges_native.loadtest.xtest_file import XtestJob, read_xtest

ADDRESS = "127.0.0.1:5090"
SAMPLE = Path(__file__).parent / "xtest.toml"
MS = 1_000_000


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.jpg").write_bytes(b"\xff\xd8" + bytes(3000))
    (tmp_path / "lines.txt").write_text("one\ntwo\n")
    (tmp_path / "many").mkdir()
    for number in range(3):
        (tmp_path / "many" / f"{number}.txt").write_text(str(number))
    return tmp_path


def job(folder: Path, *changes: tuple[str, str]) -> XtestJob:
    text = SAMPLE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "xtest.toml"
    file.write_text(text.replace("/code/runtime/", ""))
    return read_xtest(file)


def test_the_sample_is_understood(folder):
    plan = job(folder).plan
    assert plan.target == f"http://{ADDRESS}/v1/private/s12345678"
    assert (plan.mode, plan.users, plan.count, plan.duration) == ("once", 10, 500, None)
    assert (plan.timeout, plan.ramp) == (3050 * MS, 5000 * MS)  # timeLoss adds 50 ms
    assert plan.header == {"appid": "100IME", "uid": "1234567890"}
    assert plan.params == {"ctrl": "hahatestzsli"}
    (stream,) = plan.streams
    assert (stream.key, stream.kind, stream.attributes) == ("data", "image", {"encoding": "jpg"})
    assert stream.documents == (((folder / "cat.jpg").read_bytes(),),)
    assert plan.expects == (Expect("boxes", "text", {"encoding": "utf8", "compress": "gzip"}),)
    assert not plan.keep_requests


def test_defaults_are_those_of_xtest(folder):
    lines = ("timeout = 3000\n", "multiThr = 10\n", "loopCnt = 500\n", "linearMs = 5000\n")
    plan = job(folder, *((line, "") for line in lines)).plan
    assert (plan.timeout, plan.users, plan.count, plan.ramp) == (1050 * MS, 100, 10000, 0)


@pytest.mark.parametrize("word", ["true", "1"])
def test_sliced_streams_however_they_are_switched_on(folder, word):
    plan = job(folder, ("sessMode = false", f"sessMode = {word}"), ("sliceOn = false", f"sliceOn = {word}")).plan
    assert (plan.mode, plan.target) == ("stream", f"ws://{ADDRESS}/v1/private/s12345678")
    (stream,) = plan.streams
    assert [len(frame) for frame in stream.documents[0]] == [1280, 1280, 442]
    assert stream.interval == 40 * MS and plan.length == 80 * MS


@pytest.mark.parametrize(
    ("mode", "source", "documents"),
    [(2, "lines.txt", ((b"one", b"two"),)), (3, "many", ((b"0", b"1", b"2"),)),
     (0, "many", ((b"0",), (b"1",), (b"2",)))],
)  # fmt: skip
def test_modes(folder, mode, source, documents):
    changes = ("sessMode = false", f"sessMode = {mode}\nfile_sorted = 1"), ("/code/runtime/cat.jpg", source)
    (stream,) = job(folder, *changes).plan.streams
    assert stream.documents == documents


def test_several_inputs_type_other_and_no_interval(folder):
    changes = [
        ('payload = "data1"', 'payload = "data1;data2"'),
        ("./image", "many"),
        ('name = "input2"\ntype = "image"', 'name = "input2"\ntype = "other"'),
        ("interval = 40\n", ""),
    ]
    plan = job(folder, *changes).plan
    assert [(stream.key, stream.kind) for stream in plan.streams] == [("data", "image"), ("input2", "other")]


def test_switches_and_what_is_not_done(folder):
    found = job(folder, ("linearMs = 5000", "perfOn = true\nplot = false\nprometheus_switch = true\ngpuMon = false"))
    assert found.plan.keep_requests and found.plot_file is None
    assert [note.partition(" ")[0] for note in found.notes] == ["prometheus_switch", "[downstream]"]
    assert job(folder).plot_file == Path("log/line.png")


BAD = {
    "a folder that is not there": (("/code/runtime/cat.jpg", "nowhere"), "'nowhere' cannot be read"),
    "no payload": (('payload = "data1"', 'payload = ""'), "names no payload"),
    "a section that is missing": (('payload = "data1"', 'payload = "data9"'), r"no section \[data9\]"),
    "an unknown type": (('type = "image"', 'type = "smell"'), "type 'smell'"),
    "an unknown mode": (("sessMode = false", "sessMode = 7"), "sessMode is 7"),
    "a text for a number": (("multiThr = 10", 'multiThr = "ten"'), "multiThr of .* is 'ten'"),
    "no users": (("multiThr = 10", "multiThr = 0"), "0 users"),
    "no address": (('taddrs="AIservice@127.0.0.1:5090"', ""), "no taddrs"),
    "a bad address": (("127.0.0.1:5090", "127.0.0.1:port"), "is no address"),
    "no TOML": (("[svcMode]", "[svcMode"), "line 5"),
    "a text for a switch": (("linearMs = 5000", 'perfOn = "perhaps"'), "'perhaps', not a switch"),
    "a text for a size": (("sliceSize = 1280", 'sliceSize = "big"'), r"sliceSize of \[data1\] is 'big'"),
    "no interval": (("interval = 40", "interval = -40"), r"interval of \[data1\] is -40"),
    "slices of nothing": (("sessMode = false", "sessMode = 1"), "sliceSize is 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_planned(folder, case):
    change, message = BAD[case]
    more = [("sliceOn = false\nsliceSize = 1280", "sliceOn = 1\nsliceSize = 0")] if "slices" in case else []
    with pytest.raises(LoadTestError, match=message):
        job(folder, change, *more)


def test_a_file_that_is_not_there(folder):
    with pytest.raises(LoadTestError, match=r"no file 'none\.toml'"):
        read_xtest(Path("none.toml"))
