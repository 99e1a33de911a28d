"""What wrapper authors build and read: data classes, constants, config numbers. Rows of the SDK's behaviour table."""

from __future__ import annotations

import array
import copy
import gc
import json
import pickle
import sys
import weakref
from decimal import Decimal

import numpy
import pytest

from aiges_native import DataListNode, lend, sdk
from aiges_native._native import finder
from aiges_native._native.config import DecimalText, config_value
from aiges_native.sdk import DataListCls, Response, ResponseData, SessionCreateResponse

# --- one class per name -----------------------------------------------------------------------------------------------


def test_every_import_path_gives_the_same_classes() -> None:
    finder.install()
    import aiges
    import aiges.core.types
    import aiges.dto
    import aiges.types
    import aiges_embed

    for name in ("Response", "ResponseData", "DataListNode", "DataListCls", "SessionCreateResponse"):
        ours = getattr(sdk, name)
        assert getattr(aiges.dto, name) is ours is getattr(aiges_embed, name) is getattr(aiges, name)
    for name in ("callback", "callback_metric", "callback_trace", "init_rq"):
        assert getattr(aiges.dto, name) is getattr(aiges_embed, name) is getattr(sdk, name)
    assert aiges.types.DataAudio == aiges.core.types.DataAudio == aiges.dto.DataAudio == 1
    assert aiges.EXIT_SIG == -1


def test_constants() -> None:
    assert (sdk.STRING, sdk.AUDIO, sdk.IMAGE, sdk.VIDEO) == (0, 1, 2, 3)
    assert (sdk.DataText, sdk.DataAudio, sdk.DataImage, sdk.DataVideo) == (0, 1, 2, 3)
    assert (sdk.DataBegin, sdk.DataContinue, sdk.DataEnd, sdk.DataOnce) == (0, 1, 2, 3)
    assert sdk.Types == {0: "text", 1: "audio", 2: "image", 3: "video"}
    assert sdk.Status == {0: "begin", 1: "continue", 2: "end", 3: "once"}
    assert sdk.Once == sdk.DataOnce
    assert (sdk.THREAD_MODE, sdk.PROCESS_MODE) == ("thread", "process")


# --- ResponseData -----------------------------------------------------------------------------------------------------


def fields(item: ResponseData) -> tuple:
    return item.key, item.data, item.len, item.type, item.status, item.desc


def test_response_data_starts_empty_text_once() -> None:
    assert fields(ResponseData()) == ("", b"", 0, 0, 3, {})


@pytest.mark.parametrize(
    ("arguments", "keywords", "expected"),
    [
        (("k", b"abc"), {}, ("k", b"abc", 3, 0, 3, {})),
        (("k", b"abc", 2, 1, 0), {}, ("k", b"abc", 2, 1, 0, {})),
        (("k", b"abc", None, 1), {}, ("k", b"abc", 3, 1, 3, {})),
        (("k",), {"data": b"abc", "length": 2, "type": 1, "status": 2}, ("k", b"abc", 2, 1, 2, {})),
        (("k",), {"data": b"abc", "len": 1}, ("k", b"abc", 1, 0, 3, {})),
        (("k", 7, 1, 2), {}, ("k", b"", 0, 2, 1, {})),  # the loader's order: key, len, status, type
    ],
)
def test_response_data_constructor_orders(arguments: tuple, keywords: dict, expected: tuple) -> None:
    assert fields(ResponseData(*arguments, **keywords)) == expected


def test_loaders_order_takes_the_length_before_the_data() -> None:
    item = ResponseData("k", 2, 1, 0)
    item.data = b"abcdef"
    assert item.len == 2


def test_data_by_assignment_and_by_methods_in_any_order() -> None:
    first, second = ResponseData(), ResponseData()
    first.len = 3
    first.data = b"abc"
    first.type = 1
    second.setDataType(1)
    second.setData(b"abc")
    second.len = len(second.data)
    assert fields(first) == fields(second) == ("", b"abc", 3, 1, 3, {})


def test_set_data_forgets_an_assigned_length() -> None:
    item = ResponseData("k", b"abcdef", 2)
    item.setData(b"xyz")
    assert item.len == 3


@pytest.mark.parametrize(
    ("assigned", "sent"), [(2, 2), (6, 6), (1000, 6), (0, 0)], ids=["smaller", "equal", "larger is clamped", "nothing"]
)
@pytest.mark.parametrize("before", [True, False], ids=["before data", "after data"])
def test_assigned_length_matters_only_if_smaller(assigned: int, sent: int, before: bool) -> None:
    item = ResponseData()
    if before:
        item.len = assigned
    item.data = b"abcdef"
    if not before:
        item.len = assigned
    assert item.len == sent


def test_length_of_text_is_its_bytes_whatever_is_assigned() -> None:
    item = ResponseData("k", "grüße")
    item.len = 5
    assert (item.data, item.len) == ("grüße".encode(), 7)


@pytest.mark.parametrize(
    "data",
    [
        b"abc",
        bytearray(b"abc"),
        bytearray(),
        memoryview(b"abc"),
        memoryview(b"abcdef")[::2],
        array.array("i", [1, 2]),
        numpy.arange(6, dtype="int16"),
        numpy.arange(6, dtype="int16")[::2],
        numpy.zeros((2, 0)),
        numpy.float32(1.5),
    ],
    ids=lambda data: type(data).__name__,
)
def test_data_is_the_object_given(data: object) -> None:
    by_constructor, by_attribute, by_method = ResponseData("k", data), ResponseData(), ResponseData()
    by_attribute.data = data
    by_method.setData(data)
    for item in (by_constructor, by_attribute, by_method):
        assert item.data is data
        assert item.len == memoryview(data).nbytes


def test_text_is_stored_as_utf8_and_odd_bytes_survive() -> None:
    assert ResponseData("k", "ä").data == b"\xc3\xa4"
    assert ResponseData("k", b"\xff".decode("utf-8", "surrogateescape")).data == b"\xff"


@pytest.mark.parametrize("data", [None, 3.5, [1], {"a": 1}, object()], ids=lambda data: type(data).__name__)
def test_wrong_data_is_a_type_error_that_names_the_type(data: object) -> None:
    with pytest.raises(TypeError, match=type(data).__name__):
        ResponseData("k", data)
    with pytest.raises(TypeError, match=type(data).__name__):
        ResponseData().data = data
    with pytest.raises(TypeError, match=type(data).__name__):
        ResponseData().setData(data)
    with pytest.raises(TypeError, match=type(data).__name__):
        DataListNode("k", data)


@pytest.mark.parametrize("cls", [ResponseData, DataListNode])
def test_objects_are_no_data(cls: type) -> None:
    with pytest.raises(TypeError, match="ndarray"):
        cls("k", numpy.array([object()]))
    with pytest.raises(TypeError, match="ndarray"):
        cls("k", numpy.array(["2020-01-01"], dtype="datetime64[D]"))
    with pytest.raises(TypeError, match="int"):
        cls().data = 3


@pytest.mark.parametrize("code", [-5, 4, 9, 2**31 - 1])
def test_any_int_is_a_type(code: int) -> None:
    item = ResponseData()
    item.setDataType(code)
    assert item.type == code
    item.type = 0
    item.status = code
    assert (item.type, item.status) == (0, code)


@pytest.mark.parametrize("cls", [ResponseData, DataListNode])
def test_keys(cls: type) -> None:
    item = cls(b"gr\xc3\xbc\xff")
    assert item.key == "grü\udcff"
    item.key = "other"
    assert item.key == "other"
    for wrong in (None, 3, ["k"]):
        with pytest.raises(TypeError, match=f"key must be str, not {type(wrong).__name__}"):
            item.key = wrong
        with pytest.raises(TypeError, match=f"key must be str, not {type(wrong).__name__}"):
            cls(wrong)
    assert item.key == "other"


@pytest.mark.parametrize("cls", [ResponseData, DataListNode])
def test_desc_is_a_dict_of_its_own(cls: type) -> None:
    one, other = cls(), cls()
    one.desc["a"] = "b"
    assert (one.desc, other.desc) == ({"a": "b"}, {})
    given = {"c": "d"}
    one.desc = given
    assert one.desc is given
    with pytest.raises(TypeError, match="desc must be a dict"):
        one.desc = [("a", "b")]


def test_lend_takes_buffers_only() -> None:
    lent = lend(bytearray(b"abc"))
    assert ResponseData("k", lent).len == 3
    assert lent.owner == bytearray(b"abc")
    with pytest.raises(TypeError, match="list"):
        lend([1])


# --- Response ---------------------------------------------------------------------------------------------------------


def test_response_starts_empty_and_successful() -> None:
    response = Response()
    assert (len(response.list), response.error_code) == (0, 0)
    assert Response(error_code=7).error_code == Response((), 7).error_code == 7


def test_changes_of_the_list_are_changes_of_the_response() -> None:
    response = Response()
    response.list.append(ResponseData("a"))
    response.list.extend([ResponseData("b")])
    response.list += [ResponseData("c")]
    response.list.insert(0, ResponseData("first"))
    assert [item.key for item in response.list] == ["first", "a", "b", "c"]


def test_first_item_of_an_empty_list_is_made_and_kept() -> None:
    response = Response()
    response.list[0].key = "made"
    response.list[0].data = b"x"
    assert [fields(item)[:2] for item in response.list] == [("made", b"x")]
    with pytest.raises(IndexError):
        response.list[1]


def test_an_assigned_list_is_kept_and_other_iterables_become_one() -> None:
    given: list[ResponseData] = []
    response = Response(given)
    assert response.list is given
    other = [ResponseData("a")]
    response.list = other
    other.append(ResponseData("b"))
    assert response.list is other and len(response.list) == 2
    response.list = (ResponseData(key) for key in "xy")
    assert isinstance(response.list, list) and [item.key for item in response.list] == ["x", "y"]
    for wrong in (None, 3):
        with pytest.raises(TypeError):
            response.list = wrong


def test_the_same_item_may_occur_twice() -> None:
    item = ResponseData("a", b"1")
    response = Response([item, item])
    item.data = b"22"
    assert [each.len for each in response.list] == [2, 2]


def test_two_responses_share_nothing() -> None:
    Response().list.append(ResponseData())
    assert len(Response().list) == 0


def test_response_err_returns_self() -> None:
    response = Response()
    assert response.response_err(4001) is response
    assert response.error_code == 4001
    with pytest.raises(TypeError):
        response.response_err("4001")


# --- requests ---------------------------------------------------------------------------------------------------------


def test_data_list_node_defaults_and_writable_attributes() -> None:
    node = DataListNode()
    assert (node.key, node.data, node.len, node.type, node.status, node.desc) == ("", b"", 0, 0, 3, {})
    node = DataListNode("k", "grü", 1, 2)
    assert (node.key, node.data, node.get_data(), node.len, node.type, node.status) == (
        "k", "grü".encode(), "grü".encode(), 4, 1, 2,
    )  # fmt: skip
    node.key, node.data, node.type, node.status, node.len = "other", bytearray(b"xyz"), 9, 0, 2
    assert (node.key, node.data, node.type, node.status, node.len) == ("other", b"xyz", 9, 0, 2)
    assert type(node.data) is bytes


def test_node_data_is_a_copy_of_writable_buffers() -> None:
    buffer = bytearray(b"abc")
    node = DataListNode("k", buffer)
    buffer[:] = b"zzz"
    assert node.data == b"abc"
    assert DataListNode("k", numpy.arange(6, dtype="u1")[::2]).data == b"\0\2\4"


def test_node_is_a_read_only_buffer() -> None:
    node = DataListNode("k", b"\1\0\2\0")
    assert node.view.readonly and bytes(node.view) == node.data == bytes(node)
    assert numpy.asarray(node.view).tolist() == [1, 0, 2, 0]
    assert node.numpy("int16").tolist() == [1, 2]
    assert node.numpy("u1", (2, 2)).shape == (2, 2)
    assert not node.numpy().flags.writeable
    with pytest.raises(ValueError):
        node.numpy("int32", (2,))
    assert DataListNode("k", b"").numpy("float32").tolist() == []


def test_node_data_cannot_change_under_a_view() -> None:
    node = DataListNode("k", b"abc")
    view = node.view
    with pytest.raises(BufferError, match="'k'"):
        node.data = b"other"
    view.release()
    node.data = b"other"
    assert node.data == b"other"


def test_an_empty_node_is_true() -> None:
    assert DataListNode()  # `if reqData.get("key"):` asks whether there is one


def test_data_list_gets_the_first_of_a_key() -> None:
    first, second = DataListNode("k", b"1"), DataListNode("k", b"2")
    data = DataListCls([first, second, DataListNode("other")])
    assert data.get("k") is first
    assert data.get("missing") is None
    assert (len(data), data[1], list(data)[1], data.list[1]) == (3, second, second, second)
    assert data[-1].key == "other"
    with pytest.raises(IndexError):
        data[3]


def test_data_list_keeps_a_list_and_makes_fresh_ones() -> None:
    given = [DataListNode("a")]
    assert DataListCls(given).list is given
    one, other = DataListCls(), DataListCls()
    one.list.append(DataListNode("a"))
    assert (len(one), len(other)) == (1, 0)
    one.list = (DataListNode(key) for key in "xy")
    assert [node.key for node in one] == ["x", "y"]


def test_get_with_odd_keys() -> None:
    data = DataListCls([DataListNode(b"\xff"), DataListNode("nul\0led")])
    assert data.get("\udcff") is data[0]
    assert data.get("nul\0led") is data[1]
    assert data.get("nul") is data.get(b"x") is data.get(None) is None


def test_session_create_response() -> None:
    assert (SessionCreateResponse().handle, SessionCreateResponse().error_code) == ("", 0)
    assert (SessionCreateResponse("h", 3).handle, SessionCreateResponse("h", 3).error_code) == ("h", 3)
    assert SessionCreateResponse(b"h").handle == "h"
    response = SessionCreateResponse()
    response.handle, response.error_code = "x", 9
    assert json.loads(response.toJSON()) == {"handle": "x", "error_code": 9}
    with pytest.raises(TypeError, match="int"):
        response.handle = 3


# --- text forms -------------------------------------------------------------------------------------------------------


def test_to_json_of_text_and_of_bytes() -> None:
    item = ResponseData("k", "grüße", type=0, status=2)
    item.desc["lang"] = "de"
    text = item.toJSON()
    assert json.loads(text) == {"key": "k", "data": "grüße", "len": 7, "type": 0, "status": 2, "desc": {"lang": "de"}}
    assert text.splitlines()[1].startswith('    "data"') and "grüße" in text
    assert list(json.loads(text)) == sorted(json.loads(text))
    shown = json.loads(ResponseData("k", b"\xff\xfe").toJSON())
    assert (shown["data"], shown["base64"]) == ("//4=", True)


@pytest.mark.parametrize("data", [bytearray(b"ab"), numpy.frombuffer(b"abcd", "u1")[::2], lend(bytearray(b"ab"))])
def test_to_json_of_every_buffer(data: object) -> None:
    response = Response([ResponseData("k", data)], 5)
    shown = json.loads(response.toJSON())
    assert shown["error_code"] == 5
    assert shown["list"][0]["len"] == 2


@pytest.mark.parametrize("cls", [ResponseData, DataListNode])
def test_repr_names_everything_but_the_payload(cls: type) -> None:
    item = cls("the key", b"secret payload", type=2, status=1)
    for text in (repr(item), repr(Response([item])), repr(DataListCls([item]))):
        assert "'the key'" in text and "type=2" in text and "status=1" in text and "len=14" in text
        assert "secret" not in text and "payload" not in text


# --- copies, pickles, subclasses --------------------------------------------------------------------------------------


class OwnItem(ResponseData):
    def __init__(self, note: str) -> None:
        super().__init__("own", b"data")
        self.note = note


class OwnNode(DataListNode):
    def __init__(self, note: str) -> None:
        super().__init__("own", b"data")
        self.note = note


class OwnResponse(Response):
    def __init__(self, note: str) -> None:
        super().__init__([OwnItem("inner")], 4)
        self.note = note


class OwnData(DataListCls):
    def __init__(self, note: str) -> None:
        super().__init__([OwnNode("inner")])
        self.note = note


class OwnCreated(SessionCreateResponse):
    def __init__(self, note: str) -> None:
        super().__init__("handle", 4)
        self.note = note


def described(value: object) -> object:
    if isinstance(value, (ResponseData, DataListNode)):
        return type(value), value.key, bytes(value.data), value.len, value.type, value.status, value.desc
    if isinstance(value, Response):
        return type(value), value.error_code, [described(item) for item in value.list]
    if isinstance(value, DataListCls):
        return type(value), [described(item) for item in value]
    assert isinstance(value, SessionCreateResponse)
    return type(value), value.handle, value.error_code


def samples() -> list:
    item = ResponseData("k", bytearray(b"data"), 2, 1, 0)
    item.desc["a"] = "b"
    node = DataListNode("k", b"data", 1, 0)
    node.desc["a"] = "b"
    return [item, node, Response([item, item], 3), Response(), DataListCls([node]), SessionCreateResponse("h", 3)]


COPIES = [copy.deepcopy, copy.copy] + [
    lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
]


@pytest.mark.parametrize("copied", COPIES)
def test_copies_are_equal(copied) -> None:
    for sample in samples():
        assert described(copied(sample)) == described(sample)


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("cls", [OwnItem, OwnNode, OwnResponse, OwnData, OwnCreated])
def test_subclasses_keep_their_constructor_and_attributes(cls: type, copied) -> None:
    made = copied(cls("mine"))
    assert made.note == "mine"
    assert described(made) == described(cls("other"))
    assert isinstance(made, cls.__mro__[1])


def test_deep_copies_share_nothing_and_keep_identity() -> None:
    item = ResponseData("k", bytearray(b"data"))
    made = copy.deepcopy(Response([item, item]))
    assert made.list[0] is made.list[1] is not item
    item.data[:] = b"zzzz"
    item.desc["a"] = "b"
    assert made.list[0].data == b"data" and made.list[0].desc == {}


def test_an_empty_response_still_makes_its_first_item_after_a_copy() -> None:
    made = pickle.loads(pickle.dumps(Response()))
    made.list[0].key = "made"
    assert [item.key for item in made.list] == ["made"]


@pytest.mark.parametrize("value", samples() + [lend(b"")], ids=lambda value: type(value).__name__)
def test_unknown_attributes_are_refused(value: object) -> None:
    with pytest.raises(AttributeError, match="lenght"):
        value.lenght = 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", samples(), ids=lambda value: type(value).__name__)
def test_public_names_are_documented(value: object) -> None:
    for name in dir(value):
        if not name.startswith("_") and name not in ("type", "status", "error_code"):
            assert getattr(type(value), name).__doc__, name


def test_subclasses_in_cycles_are_collected() -> None:
    """Through attributes of their own. The data classes themselves take no part: they come and go in every call."""

    class Item(ResponseData):
        pass

    item = Item("k", b"x")
    item.response = [item]  # type: ignore[attr-defined]
    alive = weakref.ref(item)
    del item
    gc.collect()
    assert alive() is None


def test_references_are_given_back() -> None:
    data = bytearray(b"payload")
    key = "a key of its own" + str(id(data))
    before = sys.getrefcount(data), sys.getrefcount(key)
    for _ in range(100):
        item = ResponseData(key, data)
        Response([item]).toJSON()
        copy.deepcopy(item)
        DataListCls([DataListNode(key, data)]).get(key)
    del item
    assert (sys.getrefcount(data), sys.getrefcount(key)) == before
    data.extend(b"not exported any more")


# --- config numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["0", "10", "-3", "+5", "007", "0.5", "-2.50", "9" * 300])
def test_decimal_texts_are_numbers_to_numbers(text: str) -> None:
    value = config_value(text)
    number = float(text) if "." in text else int(text)
    assert type(value) is DecimalText and isinstance(value, str)
    assert value.number == number and value == number and number == value
    assert (value > 0, value >= 0, value < 1, value <= 1, value != 1) == (
        number > 0, number >= 0, number < 1, number <= 1, number != 1,
    )  # fmt: skip
    assert (0 < value, 1 > value) == (0 < number, 1 > number)
    assert float(value) == float(text)


@pytest.mark.parametrize("text", ["", " 10", "1e5", "0x10", "1_000", ".5", "5.", "ten", "१०", "10\n", "1" * 301, "nan"])
def test_other_texts_stay_texts(text: str) -> None:
    assert type(config_value(text)) is str


def test_decimal_texts_compute() -> None:
    ten, half = config_value("10"), config_value("0.5")
    assert int(ten) == 10 and list(range(config_value("3"))) == [0, 1, 2]
    assert (ten + 1, 1 + ten, ten - 1, 1 - ten, ten * 2, 2 * ten) == (11, 11, 9, -9, 20, 20)
    assert (ten / 4, 5 / ten, ten // 3, 35 // ten, ten % 3, 13 % ten) == (2.5, 0.5, 3, 3, 1, 3)
    assert (ten**2, 2**ten, divmod(ten, 3), -ten, +ten, abs(config_value("-1"))) == (100, 1024, (3, 1), -10, 10, 1)
    assert (half + 1, half * 2, 1 - half, half / 2) == (1.5, 1.0, 0.5, 0.25)
    assert (ten - ten, ten * half, ten / half, ten // half) == (0, 5.0, 20.0, 20.0)
    assert sum([ten, half]) == 10.5
    assert "abcdefghijk"[ten] == "k" and [0] * config_value("3") == [0, 0, 0] == config_value("3") * [0]
    assert ten > numpy.int64(3) and ten * numpy.float32(0.5) == 5
    assert True == config_value("1")  # noqa: E712


def test_decimal_texts_are_strs_to_strs() -> None:
    ten = config_value("10")
    assert ten == "10" and ten != "10.0" and ten < "9" and "1" in ten and len(ten) == 2
    assert ten + "s" == "10s" and "s" + ten == "s10" and ten + ten == "1010"
    assert f"{ten}" == str(ten) == "%s" % ten == "10" and "%d" % ten == "10" and f"{ten:>4}" == "  10"  # noqa: UP031
    assert type(str(ten)) is str and ten.upper() == "10" and ten.split("0") == ["1", ""]
    assert json.dumps({"a": ten}) == '{"a": "10"}'
    assert ten.encode() == b"10" and ",".join([ten]) == "10"
    assert bool(config_value("0"))  # a text that is not empty


def test_fractions_are_no_whole_numbers() -> None:
    half = config_value("0.5")
    with pytest.raises(TypeError, match=r"'0\.5' is not a whole number"):
        range(half)
    with pytest.raises(ValueError, match=r"invalid literal"):
        int(half)  # as int("0.5"): with a plain str the same wrapper would get the same


def test_decimal_texts_do_not_compute_with_what_is_no_number() -> None:
    ten = config_value("10")
    for wrong in (lambda: ten - "1", lambda: ten * 1j, lambda: ten / None, lambda: ten + None, lambda: ten < None):
        with pytest.raises(TypeError):
            wrong()
    assert (ten == None) is False  # noqa: E711
    assert (ten != None) is True  # noqa: E711
    assert ten == Decimal(10)


def test_decimal_texts_hash_as_texts() -> None:
    ten = config_value("10")
    assert hash(ten) == hash("10")
    assert {"10": "found"}[ten] == "found" and {ten: "found"}["10"] == "found"
    assert 10 not in {ten: None}  # equal, yet another hash: the price of being equal to "10" as well


@pytest.mark.parametrize("copied", [COPIES[0], COPIES[1], COPIES[-1]])
def test_decimal_texts_survive_copies(copied) -> None:
    made = copied({"common.lic": config_value("10")})["common.lic"]
    assert type(made) is DecimalText and made > 9
