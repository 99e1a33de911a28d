# ruff: noqa: E501 - tables and wrappers in long lines
"""What is copied between a host and a wrapper, and what is not: views of requests are earned, responses are held.

The counter ``bytes_copied`` must be exact: it is the promise of the zero-copy paths.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap

import pytest

import aiges_native

HEAD = """
import gc, numpy, aiges_native
from aiges_embed import *
kept = []
def say(data=b"ok"): return Response([ResponseData("said", data)])
class Wrapper:
    def wrapperOnceExec(self, params, reqData):
        node = reqData.list[0] if reqData.list else None
        return eval(params["do"], {**globals(), "node": node, "nodes": reqData.list, "req": reqData})
"""

SIZE = 100_000
DATA = bytes(range(250)) * (SIZE // 250)


class Host:
    def __init__(self, path, config):
        self.engine = aiges_native.open(path, {"log.level": "warning", **config})

    def copied(self, do: str, data=DATA) -> int:
        """Bytes copied by one call, which must succeed."""
        before = self.engine.stats()["bytes_copied"]
        self.said = self.engine.exec(data, {"do": do}).data
        return self.engine.stats()["bytes_copied"] - before


@pytest.fixture
def host(tmp_path):
    hosts = []

    def open_host(source="", **config):
        path = tmp_path / f"wrapper{len(hosts)}.py"
        path.write_text(HEAD + textwrap.dedent(source))
        hosts.append(Host(path, {key.replace("__", "."): value for key, value in config.items()}))
        return hosts[-1]

    yield open_host
    gc.collect()
    for opened in hosts:
        opened.engine.close()


READ = "say(bytes(node.view[:3]))"

#: Ways to look at a node, none of which keeps anything.
LOOKS = {
    "view": READ,
    "memoryview": "say(bytes(memoryview(node)[:3]))",
    "numpy": "say(node.numpy()[:3].tobytes())",
    "asarray": "say(numpy.asarray(node)[:3].tobytes())",
    "typed": "say(node.numpy('<u2', (50, -1))[0, :2].tobytes()[:3])",
    "twice": "say(bytes(node.view[:1]) + bytes(node.view[1:3]))",
}


# ---- Requests -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", LOOKS)
def test_views_are_earned_by_sixteen_calls_that_keep_nothing(host, look):
    opened = host()
    for call in range(16):
        assert opened.copied(LOOKS[look]) == SIZE, call
        assert opened.said == DATA[:3]
    for _ in range(50):
        assert opened.copied(LOOKS[look]) == 0
        assert opened.said == DATA[:3]


def test_calls_are_counted_not_nodes(host):
    opened = host()
    two = "say(bytes(nodes[0].view) + bytes(nodes[1].view))"
    for _ in range(16):
        assert opened.copied(two, [b"ab", b"cde"]) == 5
    assert opened.copied(two, [b"ab", b"cde"]) == 0
    assert opened.said == b"abcde"


def test_calls_without_a_view_earn_nothing(host):
    opened = host()
    for _ in range(40):
        assert opened.copied("say()") == 0
    assert opened.copied(READ) == SIZE


def test_bytes_are_copied_once_per_node_and_only_on_use(host):
    opened = host()
    assert opened.copied("say()") == 0
    assert opened.copied("say(str(len(nodes)) + nodes[0].key + str(nodes[0].len))", [DATA, DATA]) == 0
    assert opened.copied("say(str(node.data is node.data is node.get_data()))") == SIZE
    assert opened.said == b"True"
    assert opened.copied("say(nodes[1].data[:1])", [DATA, b"xyz"]) == 3
    large = bytes(1 << 20)
    assert opened.copied("say(str(len(node.data)))", large) == 1 << 20


ESCAPES = {
    "view": "(kept.append(node.view), say())[1]",
    "array": "(kept.append(node.numpy()), say())[1]",
    "slice": "(kept.append(node.view[2:5]), say())[1]",
    "node that was viewed": "(kept.append(node), bytes(node.view), say())[2]",
    "list of viewed": "(kept.append(nodes), bytes(node.view), say())[2]",
}


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_method_that_keeps_views_gets_copies_for_good_and_is_named(host, capfd, escape):
    opened = host()
    for number in range(40):
        data = bytes([65 + number % 26]) * 50
        assert opened.copied(ESCAPES[escape], data) == 50
    log = capfd.readouterr().err
    assert log.count("wrapperOnceExec' keeps views") == 1
    assert (
        opened.copied("say(b''.join(bytes(memoryview(k if not isinstance(k, list) else k[0]))[:1] for k in kept))") == 0
    )
    assert opened.said == bytes(65 + number % 26 for number in range(40))


def test_a_view_in_a_reference_cycle_is_no_escape(host, capfd):
    opened = host("""
        class Loop: pass
        def cycle(node):
            loop = Loop()
            loop.self, loop.view = loop, node.view
            return say(bytes(loop.view[:3]))
    """)
    gc.collect()
    gc.disable()  # a collection in between moves the cycle out of the youngest generation, where it is looked for
    try:
        for _ in range(20):  # the node is referred to when its call ends, so it is completed each time
            assert opened.copied("cycle(node)") == SIZE
    finally:
        gc.enable()
    assert capfd.readouterr().err == ""
    assert opened.copied(READ) == 0


def test_an_escape_after_views_were_earned_demotes_and_is_named(host, capfd):
    opened = host()
    for _ in range(16):
        opened.copied(READ)
    assert opened.copied(READ) == 0
    data = bytearray(b"A" * SIZE)
    opened.copied("(kept.append(node.view), say())[1]", data)
    assert "'wrapperOnceExec' kept a view of request data past its call" in capfd.readouterr().err
    assert opened.copied(READ) == SIZE
    for _ in range(20):
        assert opened.copied(READ) == SIZE
    opened.copied("(kept.clear(), say())[1]")


def test_a_kept_node_is_completed_by_copying(host):
    opened = host()
    data = bytearray(b"A" * SIZE)
    assert opened.copied("(kept.append(node), say())[1]", data) == SIZE
    data[:] = b"B" * SIZE
    assert opened.copied("say(kept[0].data[:3] + kept[0].key.encode())") == 0
    assert opened.said == b"AAAdata"
    assert opened.copied("(kept.append(req), say())[1]", [b"one", b"two"]) == 6
    assert opened.copied("say(b''.join(node.data for node in kept[1].list))") == 0
    assert opened.said == b"onetwo"


def test_copy_never_borrows(host):
    opened = host(aiges__view="copy")
    for _ in range(30):
        assert opened.copied(READ) == SIZE
    for _ in range(3):
        assert opened.copied("(kept.append(node.view), say())[1]") == SIZE


def test_borrow_borrows_at_once(host, capfd):
    opened = host(aiges__view="borrow")
    for _ in range(5):
        assert opened.copied(READ) == 0
        assert opened.said == DATA[:3]
    opened.copied("(kept.append(node.view), say())[1]")
    assert "kept a view" in capfd.readouterr().err
    assert opened.copied("(kept.clear(), say())[1]") == 0
    assert opened.copied(READ) == 0


STRICT = """
import aiges_native, sys
engine = aiges_native.open(sys.argv[1], {"aiges.view": "strict"})
engine.exec(b"data", {"do": "say(bytes(node.view))"})
print("before", flush=True)
engine.exec(b"data", {"do": "(kept.append(node.view), say())[1]"})
print("after", flush=True)
"""


def test_strict_aborts_with_name_and_traceback(tmp_path):
    path = tmp_path / "wrapper.py"
    path.write_text(HEAD)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", STRICT, path], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == -6
    assert done.stdout == "before\n"
    assert "wrapperOnceExec" in done.stderr and "kept a view" in done.stderr
    assert "Current thread" in done.stderr or "Fatal Python error" in done.stderr


def test_an_unknown_word_is_an_error_that_names_the_known_ones(host):
    with pytest.raises(aiges_native.errors.AigesError, match=r"aiges\.view is 'yes', expected one of"):
        host(aiges__view="yes")


def test_request_memory_cannot_be_written_or_reassigned_while_viewed(host):
    opened = host("""
        def refuses(action):
            try: action()
            except (BufferError, TypeError, ValueError) as error: return say(type(error).__name__)
        def write(node): numpy.asarray(node)[0] = 1
        def assign(node):
            view = node.view
            node.data = b"x"
    """)
    opened.copied("refuses(lambda: write(node))")
    assert opened.said == b"ValueError"
    opened.copied("refuses(lambda: assign(node))")
    assert opened.said == b"BufferError"
    opened.copied("refuses(lambda: node.view.__setitem__(0, 1))")
    assert opened.said == b"TypeError"


def test_sessions_and_async_earn_for_themselves(host):
    opened = host("""
        class Wrapper(Wrapper):
            def wrapperCreate(self, params, sid, persId, usrTag):
                return SessionCreateResponse("h")
            def wrapperWrite(self, handle, reqData):
                bytes(reqData.list[0].view[:3])
                return 0
            def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
                return callback(say(bytes(reqData.list[0].view[:3])), usrTag)
    """)
    engine = opened.engine
    copied = []

    def measured(call):
        before = engine.stats()["bytes_copied"]
        call()
        copied.append(engine.stats()["bytes_copied"] - before)

    with engine.create() as session:
        for _ in range(20):
            measured(lambda: session.write(DATA))
    assert copied == [SIZE] * 16 + [0] * 4
    copied.clear()
    for _ in range(20):
        measured(lambda: engine.exec_async(DATA, on_result=lambda result: None))
    assert copied == [SIZE] * 16 + [0] * 4


def test_loader_owned_buffers_may_be_kept(drive, tmp_path):
    from pathlib import Path

    from aiges_native import paths

    wrapper = Path(__file__).parent / "wrappers" / "keeps.py"
    drive("kept-buffers", None, wrapper, engine=paths.lib_dir() / "libaiges.so")


# ---- Responses ------------------------------------------------------------------------------------------------------------

MAKERS = """
shared = numpy.arange(1000, dtype="u1")
shared_bytes = bytearray(b"s" * 1000)
constant = b"c" * 1000
frozen = numpy.arange(1000, dtype="u1"); frozen.flags.writeable = False
mapped = memoryview(bytearray(1000)).toreadonly()
def new(n=1000): return numpy.ones(n, "u1")
def holding(data):
    kept.append(data)
    return say(data)
def exported(data):
    kept.append(memoryview(data))
    return say(data)
def sliced():
    array = new(2000)
    return say(array[:1000])
def sliced_of_kept():
    array = new(2000)
    kept.append(array)
    return say(array[:1000])
def kept_response():
    response = say(bytearray(1000))
    kept.append(response)
    return response
def kept_item():
    item = ResponseData("said", bytearray(1000))
    kept.append(item)
    return Response([item])
def kept_list():
    response = say(bytearray(1000))
    kept.append(response.list)
    return response
def appended():
    response = Response()
    item = ResponseData()
    item.key = "said"
    item.setData(bytearray(1000))
    response.list.append(item)
    return response
class ArrayOfMine(numpy.ndarray): pass
class BytesOfMine(bytearray): pass
"""

#: What a response holds -> bytes that must be copied to send it.
HELD = {
    "bytes": ("say(constant)", 0),
    "new bytes": ("say(b'n' * 1000)", 0),
    "str": ("say('s' * 1000)", 0),
    "memoryview of bytes": ("say(memoryview(constant)[10:])", 0),
    "read-only view": ("say(mapped)", 0),
    "sole bytearray": ("say(bytearray(1000))", 0),
    "appended item": ("appended()", 0),
    "shared bytearray": ("say(shared_bytes)", 1000),
    "kept bytearray": ("holding(bytearray(1000))", 1000),
    "exported bytearray": ("exported(bytearray(1000))", 1000),
    "writable memoryview": ("say(memoryview(bytearray(1000)))", 1000),
    "sole array": ("say(new())", 0),
    "sole array of floats": ("say(numpy.ones(250, 'f4'))", 0),
    "reshaped": ("say(new().reshape(10, 100))", 0),
    "slice of sole array": ("sliced()", 0),
    "slice of kept array": ("sliced_of_kept()", 1000),
    "shared array": ("say(shared)", 1000),
    "view of shared array": ("say(shared[:])", 1000),
    "kept array": ("holding(new())", 1000),
    "exported array": ("exported(new())", 1000),
    "read-only array": ("say(frozen)", 0),
    "strided": ("say(new(2000)[::2])", 1000),
    "strided read-only": ("say(frozen[::2])", 500),
    "fortran": ("say(numpy.asfortranarray(numpy.ones((10, 100), 'u1')))", 1000),
    "array over bytes": ("say(numpy.frombuffer(constant, 'u1'))", 0),
    "array subclass": ("say(new().view(ArrayOfMine))", 1000),
    "lent": ("say(aiges_native.lend(shared_bytes))", 0),
    "lent array": ("say(aiges_native.lend(shared))", 0),
    "lent strided": ("say(aiges_native.lend(shared[::2]))", 500),
    "kept response": ("kept_response()", 1000),
    "kept item": ("kept_item()", 1000),
    "kept list": ("kept_list()", 1000),
    "request bytes": ("say(node.data)", SIZE),
    "two": ("Response([ResponseData('a', shared_bytes), ResponseData('b', shared)])", 2000),
}


@pytest.fixture(scope="module")
def maker(tmp_path_factory):
    path = tmp_path_factory.mktemp("makers") / "wrapper.py"
    path.write_text(HEAD + MAKERS)
    opened = Host(path, {"aiges.view": "borrow"})
    yield opened
    gc.collect()
    opened.engine.close()


@pytest.mark.parametrize("name", HELD)
def test_a_response_is_copied_only_if_somebody_else_could_write_to_it(maker, name):
    do, expected = HELD[name]
    for _ in range(3):
        assert maker.copied(do) == expected


def test_a_view_of_the_request_in_a_response_is_copied(maker):
    data = bytearray(b"A" * SIZE)
    for do in (
        "say(node.view)",
        "say(numpy.asarray(node))",
        "say(node.view[5:])",
        "say(memoryview(numpy.asarray(node)[1:]))",
    ):
        before = maker.engine.stats()["bytes_copied"]
        result = maker.engine.exec(data, {"do": do})
        length = len(result.data)
        assert maker.engine.stats()["bytes_copied"] - before == length
        data[:] = b"B" * SIZE
        assert result.data == b"A" * length
        data[:] = b"A" * SIZE


def test_what_is_held_does_not_change_under_the_host(maker):
    for do, change in {
        "say(shared_bytes)": "shared_bytes.__setitem__(slice(0, 1000), b'x' * 1000)",
        "holding(bytearray(b's' * 1000))": "kept[-1].__setitem__(slice(0, 1000), b'x' * 1000)",
        "kept_item()": "kept[-1].data.__setitem__(slice(0, 1000), b'x' * 1000)",
    }.items():
        result = maker.engine.exec(params={"do": do})
        before = result.data
        maker.copied(f"({change}, say())[1]")
        assert result.data == before
        maker.copied("(shared_bytes.__setitem__(slice(0, 1000), b's' * 1000), say())[1]")


def test_a_lent_buffer_is_the_memory_that_the_host_sees(maker):
    result = maker.engine.exec(params={"do": "say(aiges_native.lend(shared_bytes))"})
    maker.copied("(shared_bytes.__setitem__(0, 33), say())[1]")
    assert result.data[0] == 33
    maker.copied("(shared_bytes.__setitem__(0, 115), say())[1]")


def test_a_held_object_is_released_with_its_result(maker):
    source = "(kept.clear(), kept.append(__import__('weakref').ref(made := new())), say(made))[2]"
    result = maker.engine.exec(params={"do": source})
    gone = "say(str(kept[0]() is None))"
    maker.copied(gone)
    assert maker.said == b"False"
    del result
    gc.collect()
    for _ in range(3):
        maker.copied(gone)
    assert maker.said == b"True"
