"""The Python host API over a C engine and a Python wrapper: requests, results, sessions, threads, close, errors."""

from __future__ import annotations

import array
import asyncio
import ctypes
import gc
import inspect
import mmap
import os
import pickle
import re
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest
from waiting import eventually

import aiges_native
from aiges_native import DataListNode, Engine, Result, ResultNode, errors
from aiges_native.paths import include_dir

GIB = 1 << 30
BEGIN, CONTINUE, END, ONCE = 0, 1, 2, 3


@pytest.fixture(params=["c", "python"])
def echo(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with aiges_native.open(request.getfixturevalue(f"{request.param}_echo")) as engine:
        yield engine


@pytest.fixture
def c_engine(c_echo: Path) -> Iterator[Engine]:
    with aiges_native.open(c_echo) as engine:
        yield engine


class Counting:
    """The engine of host/counting.c and its functions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.functions = ctypes.CDLL(str(path))
        self.functions.counting_seen.restype = ctypes.c_void_p
        self.functions.counting_seen_len.restype = ctypes.c_uint
        self.functions.counting_open_gate(0)
        self.engine: Engine | None = aiges_native.open(path)

    def __getattr__(self, name: str) -> Callable[..., int]:
        return getattr(self.functions, f"counting_{name}")


@pytest.fixture
def counting(compiled: Callable[[str], Path]) -> Iterator[Counting]:
    made = Counting(compiled("tests/unit/host/counting.c"))
    yield made
    made.open_gate(1)
    if made.engine is not None:
        made.engine.close()
    made.engine = None
    gc.collect()
    assert (made.live(), made.sessions(), made.started()) == (0, 0, 0)


def address(view: memoryview) -> int:
    return numpy.frombuffer(view, "u1").ctypes.data


# --- requests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        bytearray(b"hello"),
        memoryview(b"hello"),
        memoryview(bytearray(b"hello")),
        numpy.frombuffer(b"hello", "u1"),
        numpy.arange(12, dtype="float32").reshape(3, 4),
        numpy.float64(1.5),
        array.array("H", [1, 2, 3]),
        DataListNode("other", b"hello"),
        b"",
        bytearray(),
        numpy.zeros((0, 4)),
        (ctypes.c_int * 3)(1, 2, 3),
        mmap.mmap(-1, 100),
    ],
    ids=lambda data: type(data).__name__,
)
def test_every_buffer_is_sent_as_its_bytes(echo: Engine, data: object) -> None:
    assert echo.exec(data).data == bytes(memoryview(data))
    assert [node.data for node in echo.exec([data, b"second"])] == [bytes(memoryview(data)), b"second"]
    assert echo.exec({"k": data})["k"].data == bytes(memoryview(data))


@pytest.mark.parametrize("text", ["", "hello", "grüße", "\U0001f600", "nul\0led", "\udcff odd \udc80"])
def test_texts_are_sent_as_utf8_and_odd_bytes_survive(echo: Engine, text: str) -> None:
    result = echo.exec(text)
    assert result.data == text.encode("utf-8", "surrogateescape")
    assert result[0].data.decode("utf-8", "surrogateescape") == text


def test_texts_that_are_no_bytes_are_refused(echo: Engine) -> None:
    with pytest.raises(UnicodeEncodeError):
        echo.exec("\ud800")


def test_plain_items_are_text_once_under_the_key_data(echo: Engine) -> None:
    for data in (b"x", "x", bytearray(b"x"), [b"x"]):
        node = echo.exec(data)[0]
        assert (node.key, node.type, node.status, node.desc) == ("data", 0, ONCE, {})


def test_dicts_name_the_nodes_in_order(echo: Engine) -> None:
    result = echo.exec({"b": b"1", "a": "2", "grü": bytearray(b"3"), "": b"4", "c": DataListNode("ignored", b"5", 1)})
    assert [(node.key, node.data) for node in result] == [
        ("b", b"1"), ("a", b"2"), ("grü", b"3"), ("", b"4"), ("c", b"5"),
    ]  # fmt: skip
    assert result["c"].type == 1


def test_nodes_travel_with_key_type_and_desc(echo: Engine) -> None:
    nodes = [DataListNode(f"k{index}", str(index), type=index % 4) for index in range(40)]
    for index, node in enumerate(nodes):
        node.desc = {"encoding": "raw", f"d{index}": "grü"}
    result = echo.exec(tuple(nodes))
    assert [(node.key, node.text(), node.type, node.desc) for node in result] == [
        (node.key, node.data.decode(), node.type, node.desc) for node in nodes
    ]


def test_one_thousand_nodes(echo: Engine) -> None:
    result = echo.exec([str(number) for number in range(1000)])
    assert [node.text() for node in result] == [str(number) for number in range(1000)]


@pytest.mark.parametrize(
    "data",
    [3, 3.5, [3], {"k": None}, [None], object(), {"k": [b"nested"]}, {3: b"key"}, [[b"nested"]], {b"k": 1}],
    ids=repr,
)
def test_wrong_types_are_type_errors_that_name_the_type(echo: Engine, data: object) -> None:
    with pytest.raises(TypeError, match=r"must be .* not (int|float|list|NoneType|object)"):
        echo.exec(data)
    assert echo.exec(b"still works").data == b"still works"


def test_objects_cannot_be_sent(echo: Engine) -> None:
    with pytest.raises(TypeError, match="ndarray"):
        echo.exec(numpy.array([object()]))


@pytest.mark.parametrize(
    "data",
    [
        numpy.arange(10)[::2],
        numpy.zeros((4, 4))[:, 1],
        numpy.asfortranarray(numpy.zeros((2, 3))),
        memoryview(b"ab")[::-1],
    ],
    ids=["stride", "column", "fortran", "reversed"],
)
def test_non_contiguous_buffers_are_refused_not_copied(echo: Engine, data: object) -> None:
    with pytest.raises((ValueError, BufferError), match="contiguous"):
        echo.exec(data)


def test_released_views_are_refused(echo: Engine) -> None:
    view = memoryview(b"abc")
    view.release()
    with pytest.raises(ValueError, match="released"):
        echo.exec(view)


def sparse(size: int) -> mmap.mmap:
    try:
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0))
    except OSError as error:
        pytest.skip(f"no address space for {size} bytes: {error}")


def test_the_largest_node_has_4_gib_less_a_byte(counting: Counting) -> None:
    data = sparse(4 * GIB - 1)
    assert counting.engine.exec(data)
    assert counting.seen_len(0) == 4 * GIB - 1


@pytest.mark.parametrize("wrapped", [lambda data: data, lambda data: [b"", data], lambda data: {"k": data}])
def test_more_than_4_gib_is_a_value_error(counting: Counting, wrapped: Callable[[object], object]) -> None:
    data = sparse(4 * GIB)
    with pytest.raises(ValueError, match=r"4294967296 bytes.*send several nodes"):
        counting.engine.exec(wrapped(data))
    data.close()  # not exported any more


def test_requests_are_not_copied(counting: Counting) -> None:
    array_ = numpy.arange(1000)
    buffer, constant = bytearray(b"x" * 1000), b"y" * 1000
    counting.engine.exec([array_, buffer, constant])
    assert [counting.seen(index) for index in range(2)] == [array_.ctypes.data, address(memoryview(buffer))]
    assert counting.seen(2) == address(memoryview(constant))
    assert (counting.nodes(), counting.seen_len(0)) == (3, 8000)
    counting.engine.exec(constant)
    assert counting.seen(0) == address(memoryview(constant))


def test_memory_is_pinned_during_the_call_and_not_longer(counting: Counting) -> None:
    buffer = bytearray(b"x" * 1000)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(counting.engine.exec, {"k": buffer}, {"count.wait": 1})
        counting.functions.counting_await(1)
        with pytest.raises(BufferError):
            buffer.extend(b"more")
        with pytest.raises(BufferError):
            buffer.clear()
        buffer[0] = 0  # writing in place is the caller's own affair
        counting.open_gate(1)
        call.result()
    buffer.extend(b"more")
    assert len(buffer) == 1004


def test_refused_requests_let_go_of_what_they_had_pinned(echo: Engine) -> None:
    buffer = bytearray(b"x")
    with pytest.raises(TypeError):
        echo.exec([buffer, buffer, 3])
    with pytest.raises(TypeError):
        echo.exec(buffer, {"k": object()})
    buffer.extend(b"y")


def test_params_of_every_kind(echo: Engine) -> None:
    assert echo.exec(b"abc", {"echo.upper": "1"}).data == b"ABC"
    assert echo.exec(b"abc", {"echo.upper": 1, "other": 0.5, "flag": True, "raw": b"bytes", "grü": "ß"}).data == b"ABC"
    assert echo.exec(b"abc", {f"k{index}": index for index in range(100)} | {"echo.upper": 1}).data == b"ABC"


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"k": None}, TypeError),
        ({"k": [1]}, TypeError),
        ({3: "x"}, TypeError),
        ([("k", "v")], TypeError),
        ("k", TypeError),
        ({"k": "nul\0led"}, ValueError),
        ({"nul\0led": "v"}, ValueError),
        ({"k": "\ud800"}, UnicodeEncodeError),
    ],
)
def test_wrong_params(echo: Engine, params: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        echo.exec(b"x", params)
    with pytest.raises(error):
        echo.create(params)


def test_wrong_tags_and_ids(echo: Engine) -> None:
    with pytest.raises(TypeError, match="usr_tag"):
        echo.exec(b"x", usr_tag=3)
    with pytest.raises(ValueError, match="NUL"):
        echo.exec(b"x", usr_tag="a\0b")
    with pytest.raises((TypeError, OverflowError)):
        echo.exec(b"x", psr_ids=[-1])
    with pytest.raises(TypeError):
        echo.exec(b"x", psr_ids=3)
    with pytest.raises((TypeError, ValueError)):
        echo.exec(b"x", deadline="soon")


def test_a_list_that_changes_while_it_is_read(echo: Engine) -> None:
    items: list[object] = []

    class Growing(numpy.ndarray):
        pass

    items.extend([numpy.zeros(3, "u1").view(Growing), b"second"])
    assert [len(node) for node in echo.exec(items)] == [3, 6]


# --- results ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 512, 513, 1 << 20], ids=["empty", "byte", "small", "just large", "large"])
def test_results_show_the_engines_bytes(echo: Engine, size: int) -> None:
    data = os.urandom(size)
    result = echo.exec(data)
    node = result[0]
    assert isinstance(result, Result) and isinstance(node, ResultNode)
    assert (len(result), len(node)) == (1, size)
    assert node.data == result.data == bytes(node) == bytes(node.view) == bytes(result.view) == data
    assert node.data is node.data
    assert node.numpy().tobytes() == numpy.asarray(node).tobytes() == data


def test_views_lie_over_the_engines_memory_without_a_copy(counting: Counting) -> None:
    result = counting.engine.exec(b"", {"count.size": 10000})
    node = result[0]
    first = address(node.view)
    assert first == address(result.view) == node.numpy().ctypes.data == numpy.asarray(node).ctypes.data
    assert node.numpy("int16", (50, 100)).ctypes.data == first
    assert bytes(node.view[:3]) == b"aaa"


def test_results_are_read_only(echo: Engine) -> None:
    for size in (3, 3000):
        node = echo.exec(b"x" * size)[0]
        assert node.view.readonly and not node.numpy().flags.writeable
        with pytest.raises(TypeError):
            node.view[0] = 1
        with pytest.raises((BufferError, TypeError)):
            (ctypes.c_char * size).from_buffer(node)


@pytest.mark.parametrize("size", [10, 10000], ids=["copied into the result", "over the engine's list"])
def test_memory_is_given_back_when_the_last_view_goes(counting: Counting, size: int) -> None:
    result = counting.engine.exec(b"", {"count.size": size, "count.nodes": 2})
    assert counting.live() == 1
    nodes = list(result)
    view, part, array_ = nodes[0].view, nodes[1].view[2:5], nodes[1].numpy("u1")[1:]
    del result
    assert counting.live() == 1
    del nodes
    view.release()
    del array_
    assert counting.live() == 1 and bytes(part) == b"bbb"
    del view, part
    assert counting.live() == 0


def test_small_results_are_given_back_at_once(counting: Counting) -> None:
    result = counting.engine.exec(b"", {"count.size": 100})
    assert counting.live() == 0 and result.data == b"a" * 100


def test_results_as_sequences(echo: Engine) -> None:
    result = echo.exec({"a": b"1", "b": b"2"})
    assert [node.key for node in result] == ["a", "b"] and len(result) == 2
    assert (result[-1].key, result["b"].data, result.get("a").data, result.data) == ("b", b"2", b"1", b"1")
    assert result.get("c") is None and result.get("c", 5) == 5
    assert [node.key for node in result[::-1]] == ["b", "a"]
    with pytest.raises(KeyError, match="'c'"):
        result["c"]
    with pytest.raises(IndexError):
        result[2]
    assert "key='a'" in repr(result)


def test_reprs_never_show_payload(echo: Engine) -> None:
    result = echo.exec("secret words")
    assert "secret" not in repr(result) + repr(result[0]) + repr(echo)
    assert "len=12" in repr(result[0])


def test_arrays_of_a_shape(echo: Engine) -> None:
    sent = numpy.arange(6, dtype="float32").reshape(2, 3)
    node = echo.exec(sent)[0]
    assert (node.numpy("float32", (2, 3)) == sent).all()
    with pytest.raises(ValueError):
        node.numpy("float64", (2, 3))
    with pytest.raises(ValueError):
        echo.exec(b"abc")[0].numpy("int16")


def test_results_cannot_be_made(echo: Engine) -> None:
    for cls in (Engine, ResultNode, aiges_native.Session):
        with pytest.raises(TypeError, match="made by"):
            cls()
    assert len(Result()) == 0 and list(Result()) == []
    for name in ("data", "view"):
        with pytest.raises(ValueError, match="empty"):
            getattr(Result(), name)


# --- life -------------------------------------------------------------------------------------------------------------


def test_results_outlive_the_engine_object(counting: Counting) -> None:
    result = counting.engine.exec(b"", {"count.size": 5000})
    view = result[0].view
    gone = weakref.ref(counting.engine)
    counting.engine = None
    del result
    gc.collect()
    assert gone() is not None and counting.started() == 1 and bytes(view[:2]) == b"aa"
    del view
    assert gone() is None and counting.started() == 0


def test_a_result_that_is_viewed_keeps_its_memory_beyond_close(counting: Counting) -> None:
    result = counting.engine.exec(b"", {"count.size": 5000})
    view = result[0].view
    del result
    counting.engine.close(0.05)
    assert counting.engine.closed and counting.started() == 1 and bytes(view[:2]) == b"aa"
    with pytest.raises(errors.EngineStateError, match="closed"):
        counting.engine.exec(b"")
    del view
    assert counting.live() == 0 and counting.started() == 0


def test_close_waits_then_refuses_while_a_call_runs(counting: Counting) -> None:
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(counting.engine.exec, b"", {"count.wait": 1, "count.size": 10})
        counting.functions.counting_await(1)
        with pytest.raises(errors.EngineBusyError, match="in flight"):
            counting.engine.close(0.05)
        assert counting.engine.exec(b"").data  # refused is refused: it goes on
        closed = threading.Thread(target=counting.engine.close)
        closed.start()
        counting.open_gate(1)
        assert call.result().data == b"a" * 10
        closed.join(60)
    assert counting.engine.closed


def test_close_refuses_while_a_session_is_open(counting: Counting) -> None:
    session = counting.engine.create()
    with pytest.raises(errors.EngineBusyError, match="1 sessions are open"):
        counting.engine.close(0.05)
    session.close()
    counting.engine.close()


def test_a_closed_engine_refuses_every_call_and_closes_twice(c_echo: Path) -> None:
    with aiges_native.open(c_echo) as engine:
        pass
    engine.close()
    assert engine.closed and "closed" in repr(engine) and engine.path == str(c_echo)
    calls = [
        lambda: engine.exec(b"x"),
        lambda: engine.exec({"k": b"x"}),
        lambda: engine.exec_async(b"x", on_result=print),
        lambda: engine.create(),
        lambda: engine.load_resource(1, b"x"),
        lambda: engine.unload_resource(1),
        lambda: engine.version,
        lambda: engine.stats(),
        lambda: engine.error(1),
        lambda: engine.cancel("tag"),
        lambda: engine.set_meter(None),
        lambda: engine.set_trace(print),
    ]
    for call in calls:
        with pytest.raises(errors.EngineStateError, match="closed"):
            call()


def test_a_dropped_engine_is_closed(c_echo: Path) -> None:
    for _ in range(3):
        assert aiges_native.open(c_echo).exec(b"x").data == b"x"  # a C library can be open once only


def test_an_engine_in_a_cycle_is_closed(c_echo: Path) -> None:
    class Host:
        pass

    for kind in ("meter", "result", "session"):
        host = Host()
        host.engine = aiges_native.open(c_echo)  # type: ignore[attr-defined]
        host.kept = host.engine.exec(b"x" * 5000)  # type: ignore[attr-defined]
        if kind == "session":
            host.session = host.engine.create(on_result=lambda result, host=host: None)  # type: ignore[attr-defined]
        host.engine.set_meter(lambda *event, host=host: None)  # type: ignore[attr-defined]
        if kind == "session":
            host.session.close()  # type: ignore[attr-defined]
        gone = weakref.ref(host.engine)  # type: ignore[attr-defined]
        del host
        gc.collect()
        assert gone() is None, kind


def test_a_dropped_session_with_a_receiver_lets_go_of_everything(counting: Counting) -> None:
    class Receiver:
        def take(self, value: object) -> None:
            pass

    receiver = Receiver()
    gone = weakref.ref(receiver)
    session = counting.engine.create(on_result=receiver.take)
    del receiver, session
    gc.collect()
    assert gone() is None and counting.sessions() == 0


def test_a_refused_start_lets_go_of_the_receiver(counting: Counting) -> None:
    class Receiver:
        def take(self, value: object) -> None:
            pass

    receiver = Receiver()
    gone = weakref.ref(receiver)
    with pytest.raises(errors.EngineError):
        counting.engine.exec_async(b"", {"count.refuse": 1}, on_result=receiver.take)
    with pytest.raises(errors.EngineError):
        counting.engine.create({"count.fail": 4242}, on_result=receiver.take)
    del receiver
    assert gone() is None


def test_calls_leave_nothing_behind(counting: Counting) -> None:
    engine, data = counting.engine, bytearray(b"x" * 100)
    node = DataListNode("k", b"data")
    node.desc = {"a": "b"}

    def one() -> None:
        result = engine.exec([data, node, "text"], {"count.size": 3000, "p": 1}, usr_tag="tag", psr_ids=[1])
        assert result["out"].view.nbytes == result[0].numpy().size == 3000
        engine.exec(b"small", {"count.size": 10})
        engine.exec_async(b"", on_result=lambda value: None)
        with pytest.raises(errors.EngineError):
            engine.exec(b"", {"count.fail": 4242})
        with engine.create() as session:
            session.write(b"x")
            session.read()

    for _ in range(50):
        one()
    gc.collect()
    tracemalloc.start()
    try:
        objects, (before, _) = len(gc.get_objects()), tracemalloc.get_traced_memory()
        for _ in range(500):
            one()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        assert len(gc.get_objects()) - objects < 50
    finally:
        tracemalloc.stop()
    assert after - before < 20000  # 40 bytes a round would show
    assert counting.live() == counting.sessions() == 0
    data.extend(b"free")


# --- opening ----------------------------------------------------------------------------------------------------------


def test_by_name_through_search_path_environment_and_library(
    tmp_path: Path, c_echo: Path, python_echo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = {name: tmp_path / name for name in ("given", "named", "cwd/library")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    (folders["given"] / "libfirst.so").symlink_to(c_echo)
    (folders["named"] / "second").mkdir()
    (folders["named"] / "second/wrapper.py").symlink_to(python_echo)
    (folders["cwd/library"] / "third.so").symlink_to(c_echo)
    monkeypatch.setenv("AIGES_LIBRARY_PATH", f"/nowhere:{folders['named']}")
    monkeypatch.chdir(tmp_path / "cwd")
    for name, search_path in (
        ("first", [str(folders["given"])]),
        ("first", folders["given"]),
        ("first", ["/nowhere", folders["given"]]),
        ("second", None),
        ("third", None),
        ("third", []),
    ):
        with aiges_native.open(name, search_path=search_path) as engine:
            assert engine.exec(b"x").data == b"x"
            assert Path(engine.path).is_relative_to(tmp_path)
    with pytest.raises(errors.EngineOpenError, match=r"'first'.*/nowhere.*AIGES_LIBRARY_PATH") as caught:
        aiges_native.open("first")
    assert caught.value.code == -20100


def test_by_path(c_echo: Path, python_echo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(c_echo.parent)
    for path in (c_echo, str(c_echo), os.fsencode(c_echo), c_echo.name, python_echo, python_echo.parent):
        with aiges_native.open(path) as engine:
            assert engine.exec("x").data == b"x"
            assert Path(engine.path) in (c_echo, python_echo)


def test_what_cannot_be_opened(tmp_path: Path, c_echo: Path) -> None:
    (tmp_path / "broken.so").write_bytes(b"no library")
    (tmp_path / "broken.py").write_text("raise RuntimeError('the wrapper says why')")
    for name, error, text in (
        ("no-such-engine", errors.EngineOpenError, "no-such-engine"),
        (tmp_path / "missing.so", errors.EngineOpenError, "missing.so"),
        (tmp_path, errors.EngineOpenError, "neither 'wrapper.py'"),
        (tmp_path / "broken.so", errors.EngineOpenError, "broken.so"),
        (tmp_path / "broken.py", errors.WrapperLoadError, "the wrapper says why"),
    ):
        with pytest.raises(error, match=text):
            aiges_native.open(name)
    for wrong in (3, None, ["x"]):
        with pytest.raises(TypeError):
            aiges_native.open(wrong)
    with pytest.raises(ValueError, match="NUL"):
        aiges_native.open("a\0b")
    with pytest.raises(TypeError):
        aiges_native.open(c_echo, config=[("a", "b")])


def test_a_c_library_is_open_once_and_a_failed_start_closes_it(c_echo: Path) -> None:
    with pytest.raises(errors.EngineError) as caught:
        aiges_native.open(c_echo, {"echo.fail_init": 77})
    assert caught.value.code == 77
    with aiges_native.open(c_echo), pytest.raises(errors.EngineBusyError) as caught:
        aiges_native.open(c_echo)
    assert caught.value.code == -20104


def test_many_wrappers_at_once(python_echo: Path) -> None:
    engines = [aiges_native.open(python_echo) for _ in range(5)]
    engines[0].load_resource(5, b"of the first")
    assert engines[0].exec(b"x", psr_ids=[5])["resource"].data == b"of the first"
    with pytest.raises(errors.EngineError):
        engines[1].exec(b"x", psr_ids=[5])
    for engine in engines:
        engine.close()


# --- errors -----------------------------------------------------------------------------------------------------------


def test_every_code_of_errors_h_has_a_class_and_a_text(echo: Engine) -> None:
    header = (include_dir() / "aiges/errors.h").read_text()
    codes = {int(value): name for name, value in re.findall(r"(AIGES_ERR_\w+)\W+(-20\d+)", header)}
    assert len(codes) >= 30
    for code, name in codes.items():
        error = errors.error_for(code, "text")
        assert not isinstance(error, errors.EngineError), name
        with pytest.raises(type(error)) as caught:
            echo.exec(b"x", {"echo.fail": code})
        assert str(code) in str(caught.value) and len(echo.error(code)) > 10
        if not isinstance(error, MemoryError):
            assert caught.value.code == code and caught.value.text == echo.error(code)


def test_codes_of_the_engine_are_engine_errors(counting: Counting) -> None:
    with pytest.raises(errors.EngineError, match=r"^the text of 4242 \(code 4242\)$") as caught:
        counting.engine.exec(b"", {"count.fail": 4242})
    assert (caught.value.code, caught.value.text) == (4242, "the text of 4242")
    assert isinstance(caught.value, aiges_native.AigesError) and isinstance(caught.value, RuntimeError)
    assert counting.live() == 0


def test_timeouts_are_timeout_errors(echo: Engine) -> None:
    with pytest.raises(TimeoutError) as caught:
        echo.exec(b"x", {"echo.sleep_ms": 5000}, deadline=0.02)
    assert isinstance(caught.value, errors.EngineTimeoutError)


def test_errors_can_be_pickled_and_raised_elsewhere() -> None:
    error = pickle.loads(pickle.dumps(errors.EngineError(5, "text")))
    assert (type(error), error.code, error.text, str(error)) == (errors.EngineError, 5, "text", "text (code 5)")


# --- resources, meters, traces, texts ---------------------------------------------------------------------------------


def test_resources(echo: Engine) -> None:
    echo.load_resource(7, b"model")
    assert echo.exec(b"x", psr_ids=[7])["resource"].data == b"model"
    echo.load_resource(7, DataListNode("other", b"newer"))
    assert echo.exec(b"x", psr_ids=(7,))["resource"].data == b"newer"
    echo.unload_resource(7)
    with pytest.raises(errors.EngineError):
        echo.exec(b"x", psr_ids=[7])
    with pytest.raises(errors.RequestError):
        echo.unload_resource(7)
    for wrong in (-1, 1 << 32):
        with pytest.raises((OverflowError, ValueError)):
            echo.load_resource(wrong, b"x")
    with pytest.raises(TypeError):
        echo.load_resource("seven", b"x")


def test_resource_ids_are_unsigned(echo: Engine) -> None:
    echo.load_resource(4_000_000_000, b"model")
    echo.unload_resource(4_000_000_000)


def test_meters_and_traces(echo: Engine) -> None:
    meters: list[tuple] = []
    traces: list[tuple] = []
    echo.set_meter(lambda *event: meters.append(event))
    echo.set_trace(lambda *event: traces.append(event))
    echo.exec(b"four", usr_tag="the tag")
    assert meters == [("the tag", "echo.calls", 1)] and traces == [("the tag", "echo.bytes", "4")]
    echo.set_meter(None)
    echo.set_trace(None)
    echo.exec(b"four")
    assert len(meters) == len(traces) == 1


PATIENT_WRAPPER = """
import time
from aiges_embed import Response, ResponseData, SessionCreateResponse
from aiges_native.sdk import cancelled, remaining

told = []

class Wrapper:
    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        while params.get("wait") and not cancelled():
            time.sleep(0.002)
        return Response([ResponseData("state", repr((cancelled(), remaining())))])

    def wrapperCreate(self, params, sid, persId, usrTag):
        return SessionCreateResponse("handle")

    def wrapperRead(self, handle):
        return Response([ResponseData("state", repr((cancelled(), told)))])

    def wrapperCancel(self, handle):
        told.append(handle)
        return 0
"""


def test_a_wrapper_sees_cancel_and_deadline(tmp_path: Path) -> None:
    wrapper = tmp_path / "wrapper.py"
    wrapper.write_text(PATIENT_WRAPPER)
    with aiges_native.open(wrapper) as engine, ThreadPoolExecutor(1) as pool:
        assert engine.exec(b"").data == b"(False, None)"
        gone, left = eval(engine.exec(b"", deadline=60).data)
        assert gone is False and 0 < left <= 60
        waiting = pool.submit(engine.exec, b"", {"wait": 1}, usr_tag="tag")
        while not engine.cancel("tag"):
            time.sleep(0.001)
        assert waiting.result(60).data == b"(True, None)"
        assert engine.cancel("tag") is False  # it has ended
        assert engine.exec(b"", usr_tag="tag").data == b"(False, None)"  # and its name is free of it
        with engine.create() as session:
            assert session.read().data == b"(False, [])"
            assert session.cancel() and session.cancel()
            eventually(lambda: eval(session.read().data) == (True, ["handle"]), "it is told, once")
            assert eval(session.read().data) == (True, ["handle"])


TOLD_WRAPPER = """
from aiges_embed import Response, ResponseData, SessionCreateResponse

class Wrapper:
    told = []

    def wrapperCreate(self, params, sid, persId, usrTag):
        return SessionCreateResponse("handle")

    def wrapperCancel(self, handle):
        self.told.append("cancel")
        return 0

    def wrapperDestroy(self, handle):
        self.told.append("destroy")
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        return Response([ResponseData("told", " ".join(self.told))])
"""


def test_a_wrapper_is_told_of_a_cancel_before_the_end_of_the_session(tmp_path: Path) -> None:
    wrapper = tmp_path / "wrapper.py"
    wrapper.write_text(TOLD_WRAPPER)
    with aiges_native.open(wrapper) as engine:
        for _ in range(100):
            with engine.create() as session:
                session.cancel()
        assert engine.exec(b"").data.decode().split() == ["cancel", "destroy"] * 100


METERING_WRAPPER = """
import threading
from aiges_embed import Response, ResponseData, callback_metric, callback_trace

class Wrapper:
    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        codes = []
        def work():
            codes.append(callback_metric("elsewhere", "pages", 3))
            codes.append(callback_trace("elsewhere", "page", "one"))
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
        return Response([ResponseData("codes", str(codes))])
"""


def test_meters_of_a_wrappers_own_threads_reach_the_host(tmp_path: Path) -> None:
    wrapper = tmp_path / "wrapper.py"
    wrapper.write_text(METERING_WRAPPER)
    events: list[tuple] = []
    with aiges_native.open(wrapper) as engine:
        assert engine.exec(b"").data == b"[-1, -1]"  # no receiver
        engine.set_meter(lambda *event: events.append(event))
        engine.set_trace(lambda *event: events.append(event))
        assert engine.exec(b"").data == b"[0, 0]"
    assert events == [("elsewhere", "pages", 3), ("elsewhere", "page", "one")]


def test_meter_functions_can_be_replaced_while_calls_run(c_engine: Engine) -> None:
    stop = threading.Event()

    def call() -> None:
        while not stop.is_set():
            c_engine.exec(b"x")

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    gone = []
    for _ in range(500):
        seen: list[tuple] = []

        def meter(*event: object, seen: list = seen) -> None:
            seen.append(event)

        gone.append(weakref.ref(meter))
        c_engine.set_meter(meter)
        del meter
    c_engine.set_meter(None)
    stop.set()
    for thread in threads:
        thread.join()
    assert not any(reference() for reference in gone)


def test_wrong_functions_are_refused(echo: Engine) -> None:
    for call in (
        lambda: echo.set_meter(3),
        lambda: echo.set_trace("x"),
        lambda: echo.exec_async(b"x", on_result=3),
        lambda: echo.create(on_result=3),
    ):
        with pytest.raises(TypeError, match="callable"):
            call()


@pytest.mark.parametrize("kind", ["result", "meter", "trace"])
def test_exceptions_of_callbacks_go_to_the_unraisable_hook(
    echo: Engine, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list = []
    seen = threading.Event()

    def hook(unraisable: object) -> None:
        caught.append((unraisable.exc_type, str(unraisable.exc_value)))  # type: ignore[attr-defined]
        seen.set()

    def function(*event: object) -> None:
        raise LookupError("in the callback")

    monkeypatch.setattr(sys, "unraisablehook", hook)
    if kind == "result":
        echo.exec_async(b"x", on_result=function)
    else:
        getattr(echo, f"set_{kind}")(function)
        assert echo.exec(b"x").data == b"x"
    assert seen.wait(60) and caught == [(LookupError, "in the callback")]


def test_texts(counting: Counting) -> None:
    assert counting.engine.version == "7.8.9"
    assert counting.engine.error(4242) == "the text of 4242"
    assert counting.engine.error(-20007) != "some code"  # what errors.h says
    with counting.engine.create() as session:
        assert session.debug_info == "info"
    assert aiges_native.__version__.count(".") == 2


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_by_reading(echo: Engine) -> None:
    with echo.create(usr_tag="s") as session:
        for piece in (b"one", "two", numpy.frombuffer(b"three", "u1")):
            session.write(piece)
        session.write({"last": b"four"}, last=True)
        nodes = list(session)
        assert [(node.data, node.status) for node in nodes] == [
            (b"one", BEGIN), (b"two", CONTINUE), (b"three", CONTINUE), (b"four", END),
        ]  # fmt: skip
        assert len(session.read()) == 0
        assert isinstance(session.debug_info, str)
    assert session.closed and "closed" in repr(session)
    session.close()
    assert session.engine is echo


def test_pieces_with_a_status_of_their_own(echo: Engine) -> None:
    with echo.create() as session:
        session.write(b"only", status=ONCE)
        assert [node.status for node in session] == [ONCE]
    with echo.create() as session:
        session.write(DataListNode("k", b"x", 1, END))
        assert [(node.key, node.type, node.status) for node in session] == [("k", 1, END)]


def test_results_of_a_session_may_be_kept(counting: Counting) -> None:
    with counting.engine.create() as session:
        first = session.read()
        view = first[1].view
        second = session.read()
        del first
        assert bytes(view[:2]) == b"bb" and second[0].data == b"a" * 2000
    assert bytes(view[-2:]) == b"bb"


def test_a_closed_session_refuses_every_call(echo: Engine) -> None:
    session = echo.create()
    session.close()
    for call in (lambda: session.write(b"x"), session.read, session.cancel, lambda: session.debug_info):
        with pytest.raises(errors.RequestError, match="closed"):
            call()
    echo.close(1)  # none of them left the engine in use


def test_a_session_that_cannot_be_made(counting: Counting) -> None:
    with pytest.raises(errors.EngineError) as caught:
        counting.engine.create({"count.fail": 4242})
    assert caught.value.code == 4242


def test_sessions_are_destroyed_with_their_object(counting: Counting) -> None:
    session = counting.engine.create()
    assert counting.sessions() == 1 and counting.engine.stats()["sessions"] == 1
    del session
    assert counting.sessions() == 0 and counting.engine.stats()["sessions"] == 0


def test_two_reads_at_once_are_refused(counting: Counting) -> None:
    with counting.engine.create({"count.wait": 1}) as session, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(session.read)
        counting.functions.counting_await(1)
        with pytest.raises(errors.EngineBusyError, match="another thread reads"):
            session.read()
        with pytest.raises(errors.EngineBusyError, match="another thread"):
            session.close()
        counting.open_gate(1)
        assert len(reading.result()) == 2
        assert len(session.read()) == 2


def test_a_session_by_callback(echo: Engine) -> None:
    values: list = []
    done = threading.Event()

    def take(value: object) -> None:
        assert isinstance(value, Result)
        values.extend((node.data, node.status) for node in value)
        if values[-1][1] == END:
            done.set()

    with echo.create(on_result=take, usr_tag="by callback") as session:
        session.write(b"one")
        session.write(b"two", last=True)
        assert done.wait(60)
    assert values == [(b"one", BEGIN), (b"two", END)]


def test_cancel(echo: Engine) -> None:
    with echo.create() as session:
        assert session.cancel() is True and session.cancel() is True
        with pytest.raises(errors.EngineError):
            while True:  # a wrapper learns of it a moment later: who cancels does not wait for the GIL
                session.write(b"x")
    assert echo.cancel("nobody") is False
    results: list = []
    done = threading.Event()
    echo.exec_async(
        b"x", {"echo.sleep_ms": 500}, usr_tag="slow", on_result=lambda value: (results.append(value), done.set())
    )
    echo.cancel("slow")  # a C engine ends it with a failure, a wrapper may ignore it
    echo.close()
    assert done.wait(60) and (isinstance(results[0], errors.AigesError) or echo.path.endswith(".py"))


def test_async_iteration(echo: Engine) -> None:
    async def main() -> list[bytes]:
        with echo.create() as session:

            async def feed() -> None:
                for piece in (b"one", b"two"):
                    await asyncio.sleep(0.01)
                    session.write(piece)
                session.write(b"three", last=True)

            feeding = asyncio.create_task(feed())
            got = [node.data async for node in session]
            await feeding
            return got

    assert asyncio.run(main()) == [b"one", b"two", b"three"]


def test_iteration_ends_with_the_last_piece_of_each_session(echo: Engine) -> None:
    def one(number: int) -> list[str]:
        with echo.create() as session:
            for piece in range(5):
                session.write(f"{number}/{piece}", last=piece == 4)
            return [node.text() for node in session]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(50))) == [[f"{n}/{p}" for p in range(5)] for n in range(50)]


# --- asynchronous calls -----------------------------------------------------------------------------------------------


def test_two_hundred_at_once(echo: Engine) -> None:
    async def main() -> list[bytes]:
        calls = [echo.exec_async(str(number), {"echo.sleep_ms": number % 20}) for number in range(200)]
        return [result.data for result in await asyncio.gather(*calls)]

    assert asyncio.run(main()) == [str(number).encode() for number in range(200)]
    stats = echo.stats()
    assert (stats["calls"], stats["in_flight"], stats["failures"]) == (200, 0, 0)


def test_the_loop_is_not_held_up(counting: Counting) -> None:
    async def main() -> bytes:
        return (await counting.engine.exec_async(b"")).data

    assert asyncio.run(main()) == b"aaaa"  # answered inline, before exec_async returned


def test_failures_are_raised_where_they_are_awaited(echo: Engine) -> None:
    async def main() -> None:
        with pytest.raises(errors.EngineTimeoutError):
            await echo.exec_async(b"x", {"echo.sleep_ms": 5000}, timeout=0.02)
        with pytest.raises(errors.EngineError) as caught:
            await echo.exec_async(b"x", {"echo.fail": 4001})
        assert caught.value.code == 4001 and caught.value.text == echo.error(4001)

    asyncio.run(main())


def test_nobody_waits_any_more(echo: Engine) -> None:
    async def main() -> None:
        call = echo.exec_async(b"x", {"echo.sleep_ms": 50})
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        echo.exec_async(b"x", {"echo.sleep_ms": 100})  # and a loop that is gone

    asyncio.run(main())
    eventually(lambda: echo.stats()["in_flight"] == 0, "both have ended")


def test_without_a_loop_on_result_is_needed(echo: Engine) -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        echo.exec_async(b"x")


def test_callback_form(echo: Engine) -> None:
    results: list = []
    done = threading.Event()
    data = bytearray(b"payload" * 1000)
    returned = echo.exec_async(data, {"echo.sleep_ms": 20}, on_result=lambda value: (results.append(value), done.set()))
    data[:] = b""  # the request was copied by the engine: nothing is pinned
    assert returned is None and done.wait(60)
    assert results[0].data == b"payload" * 1000  # kept, though the engine's list is gone
    done.clear()
    echo.exec_async(b"x", {"echo.sleep_ms": 5000}, timeout=0.02, on_result=lambda v: (results.append(v), done.set()))
    assert done.wait(60) and isinstance(results[1], errors.EngineTimeoutError)


def test_a_tag_in_flight_is_busy(echo: Engine) -> None:
    done = threading.Event()
    echo.exec_async(b"x", {"echo.sleep_ms": 1000}, usr_tag="same", on_result=lambda value: done.set())
    with pytest.raises(errors.EngineBusyError):
        echo.exec_async(b"x", usr_tag="same", on_result=print)
    assert done.wait(60)


def test_close_answers_what_is_in_flight(c_echo: Path) -> None:
    results: list = []
    engine = aiges_native.open(c_echo)
    for _ in range(3):
        engine.exec_async(b"x", {"echo.sleep_ms": 300}, on_result=results.append)
    engine.close()
    assert len(results) == 3


# --- threads ----------------------------------------------------------------------------------------------------------


def test_many_threads(echo: Engine) -> None:
    data = {number: os.urandom(number * 37) for number in range(1, 65)}

    def one(number: int) -> None:
        for size in (number, 65 - number):
            result = echo.exec({"k": data[size]}, {"n": number}, usr_tag=f"tag {number}")
            assert result["k"].data == data[size]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, list(data) * 20))
    stats = echo.stats()
    assert (stats["calls"], stats["failures"], stats["in_flight"]) == (64 * 20 * 2, 0, 0)


def test_the_gil_is_free_during_calls(counting: Counting) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(counting.engine.exec, b"", {"count.wait": 1}) for _ in range(8)]
        counting.functions.counting_await(8)  # all of them are in the engine
        counting.open_gate(1)
        assert all(len(call.result()) for call in calls)


def test_close_while_threads_call(c_echo: Path) -> None:
    for _ in range(20):
        engine = aiges_native.open(c_echo)
        ready = threading.Barrier(5)

        def call(engine: Engine = engine, ready: threading.Barrier = ready) -> None:
            ready.wait()
            try:
                while True:
                    assert engine.exec(b"x" * 1000).data == b"x" * 1000
            except errors.EngineStateError:
                pass

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        ready.wait()
        closing = time.monotonic() + 60
        while not engine.closed:
            try:
                engine.close(0.2)
            except errors.EngineBusyError:
                assert time.monotonic() < closing, "calls that keep coming kept it open"
        for thread in threads:
            thread.join()


# --- statistics -------------------------------------------------------------------------------------------------------


def test_statistics(counting: Counting) -> None:
    for _ in range(5):
        counting.engine.exec(b"12345678", {"count.size": 100})
    with pytest.raises(errors.EngineError):
        counting.engine.exec(b"", {"count.fail": 4242})
    stats = counting.engine.stats()
    assert (stats["calls"], stats["failures"], stats["in_flight"]) == (6, 1, 0)
    assert (stats["bytes_in"], stats["bytes_out"], stats["bytes_copied"]) == (40, 500, 0)
    assert sum(stats["histogram"].values()) == 6 and stats["total_ns"] > 0
    assert list(stats["histogram"]) == sorted(stats["histogram"])


READER = """
import ctypes, sys

class Stats(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("size", ctypes.c_uint32), ("name", ctypes.c_char * 64)]
    _fields_ += [(name, ctypes.c_uint64) for name in ("calls", "failures", "in_flight", "sessions", "bytes_in",
                 "bytes_out", "bytes_copied", "gil_wait_ns", "total_ns")]
    _fields_ += [("histogram", ctypes.c_uint64 * 160), ("state", ctypes.c_uint32), ("reserved", ctypes.c_uint32)]

library = ctypes.CDLL(sys.argv[1])
page = ctypes.c_void_p()
assert library.aiges_stats_map(int(sys.argv[2]), ctypes.byref(page)) == 0
for _ in sys.stdin:
    index, stats, found = 0, Stats(1, ctypes.sizeof(Stats)), {}
    while library.aiges_stats_read(page, index, ctypes.byref(stats)) == 0:
        found[stats.name.decode()] = stats.calls, stats.in_flight, stats.bytes_in
        index += 1
    print(found, flush=True)
library.aiges_stats_unmap(page)
"""


def test_statistics_are_read_by_another_process(counting: Counting, python_echo: Path) -> None:
    library = Path(aiges_native.__file__).parent / "lib/libaiges.so"
    with aiges_native.open(python_echo) as other, ThreadPoolExecutor(1) as pool:
        fd = aiges_native.stats_fd()
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, library, str(fd)],
            pass_fds=[fd], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

        def read() -> dict:
            reader.stdin.write("\n")
            reader.stdin.flush()
            found = eval(reader.stdout.readline())
            return {name: found[name] for name in ("counting", "echo_py") if name in found}  # others are not ours

        assert read() == {"counting": (0, 0, 0), "echo_py": (0, 0, 0)}
        other.exec(b"1234")
        call = pool.submit(counting.engine.exec, b"12", {"count.wait": 1})
        counting.functions.counting_await(1)
        assert read() == {"counting": (0, 1, 0), "echo_py": (1, 0, 4)}
        counting.open_gate(1)
        call.result()
        assert read()["counting"] == (1, 0, 2)
        reader.stdin.close()
        assert reader.wait(30) == 0


# --- signals, interpreter end -----------------------------------------------------------------------------------------


def run_program(text: str, *arguments: object, expect: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(text), *map(str, arguments)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("which", ["c", "python"])
@pytest.mark.parametrize("main_thread_calls", [True, False])
def test_interrupts(request: pytest.FixtureRequest, which: str, main_thread_calls: bool) -> None:
    said = run_program(
        """
        import os, signal, sys, threading, time
        import aiges_native

        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits it ignored
        engine = aiges_native.open(sys.argv[1])
        results = []
        other = threading.Thread(target=lambda: results.append(engine.exec(b"x", {"echo.sleep_ms": 400}).data))
        other.start()
        while not engine.stats()["in_flight"]:
            time.sleep(0.001)
        killer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        try:
            killer.start()
            if sys.argv[2] == "True":
                engine.exec(b"y", {"echo.sleep_ms": 300})
            time.sleep(30)
        except (KeyboardInterrupt, aiges_native.errors.WrapperFault):  # a wrapper's code may be what is interrupted
            print("interrupted")
        other.join()
        assert results == [b"x"]
        assert engine.exec(b"again").data == b"again"
        engine.close(60)
        print("closed")
        """,
        request.getfixturevalue(f"{which}_echo"),
        main_thread_calls,
    )
    assert said.split() == ["interrupted", "closed"]


@pytest.mark.parametrize("which", ["c", "python"])
def test_an_interpreter_ends_with_everything_open(request: pytest.FixtureRequest, which: str) -> None:
    for _ in range(5):
        said = run_program(
            """
            import sys, threading
            import aiges_native

            engine = aiges_native.open(sys.argv[1])
            engine.set_meter(lambda *event: None)
            result = engine.exec(b"x" * 5000)
            view = result[0].view
            session = engine.create(on_result=print)
            for number in range(20):
                engine.exec_async(b"x", {"echo.sleep_ms": number}, on_result=lambda value: None)

            def call():
                while True:
                    engine.exec(b"x")

            for _ in range(4):
                threading.Thread(target=call, daemon=True).start()
            print("ends")
            """,
            request.getfixturevalue(f"{which}_echo"),
        )
        assert said == "ends\n"


# --- documentation ----------------------------------------------------------------------------------------------------


def test_every_public_name_is_documented() -> None:
    for name in aiges_native.__all__:
        value = getattr(aiges_native, name)
        assert name == "__version__" or inspect.getdoc(value), name
        if inspect.isclass(value):
            for member, what in vars(value).items():
                if not member.startswith("_") and member not in ("path", "engine", "type", "status", "code", "text"):
                    assert inspect.getdoc(what), f"{name}.{member}"


def test_names_are_imported_on_first_use_only() -> None:
    run_program(
        """
        import sys
        before = set(sys.modules)
        import aiges_native
        ours = [name for name in sys.modules if name.startswith("aiges_native.")]
        assert ours == ["aiges_native.late_names"]
        assert set(dir(aiges_native)) >= set(aiges_native.__all__)
        aiges_native.open, aiges_native.lend, aiges_native.stats_fd
        ours = {name for name in set(sys.modules) - before if "." not in name}
        ours = {name for name in ours if "cython" not in name}
        assert ours <= set(sys.stdlib_module_names) | {"aiges_native"}, ours - set(sys.stdlib_module_names)
        assert "numpy" not in sys.modules and "asyncio" not in sys.modules
        try:
            aiges_native.nothing
        except AttributeError as error:
            assert "nothing" in str(error)
        """
    )
