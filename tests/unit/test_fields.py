"""Fields: what constructors take and refuse, test values, findings, problems, and how a wrapper's fields are found."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import subprocess
import sys
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy
import pytest

from aiges_native.sdk.fields import (
    AudioBodyField,
    BooleanParamField,
    Field,
    ImageBodyField,
    IntegerParamField,
    JsonBodyField,
    Mappings,
    NumberParamField,
    ParamField,
    PayloadField,
    StringBodyField,
    StringParamField,
    collect,
    last_of_each_key,
    param_text,
)

EVERY_CLASS = [
    StringBodyField,
    JsonBodyField,
    ImageBodyField,
    AudioBodyField,
    StringParamField,
    NumberParamField,
    IntegerParamField,
    BooleanParamField,
]

# --- constructors -----------------------------------------------------------------------------------------------------

#: class, all arguments in the order of positions
POSITIONAL = [
    (StringBodyField, {"key": "k", "value": b"v", "need_base64": True, "encoding": "gbk", "format": "xml",
                       "compress": "gzip", "status": 0}),
    (JsonBodyField, {"key": "k", "value": [1], "need_base64": True, "encoding": "gbk", "format": "xml",
                     "compress": "gzip", "status": 0}),
    (ImageBodyField, {"key": "k", "path": "a.png", "need_base64": True, "encoding": "png", "status": 0}),
    (AudioBodyField, {"key": "k", "path": "a.wav", "encoding": "pcm", "format": "wav", "compress": "gzip",
                      "status": 0}),
    (StringParamField, {"key": "k", "minLength": 1, "maxLength": 2, "enums": ["a"], "required": True, "value": "a",
                        "description": "d", "title": "t"}),
    (NumberParamField, {"key": "k", "minimum": 1, "maximum": 2, "enums": [1.5], "required": True, "value": 1.5}),
    (IntegerParamField, {"key": "k", "minimum": 1, "maximum": 2, "enums": [1], "required": True, "value": 1}),
    (BooleanParamField, {"key": "k", "title": "t", "default": True, "required": True, "value": False}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "arguments"), POSITIONAL, ids=lambda each: getattr(each, "__name__", ""))
def test_arguments_by_position_and_by_keyword(kind: Any, arguments: dict[str, Any]) -> None:
    for field in (kind(*arguments.values()), kind(**arguments)):
        assert {name: getattr(field, name) for name in arguments} == arguments
        assert field.findings() == [] or isinstance(field, (ImageBodyField, AudioBodyField))


def test_defaults() -> None:
    attributes = {
        StringBodyField: {"value": b" ", "encoding": "utf8", "format": "plain", "compress": "raw", "text": b"value"},
        JsonBodyField: {"value": "", "encoding": "utf8", "format": "json", "compress": "raw", "text": b"value"},
        ImageBodyField: {"path": "", "encoding": "jpg", "image": b"<your image base64 here>"},
        AudioBodyField: {"path": "", "encoding": "raw", "format": "plain", "compress": "raw", "audio": b" "},
        StringParamField: {"minLength": 0, "maxLength": 1024, "min_length": 0, "max_length": 1024, "value": ""},
        NumberParamField: {"minimum": 0, "maximum": 100, "value": 0},
        IntegerParamField: {"minimum": 0, "maximum": 100, "value": 0},
        BooleanParamField: {"default": False, "value": None},
    }
    for kind, expected in attributes.items():
        field = kind("k")
        expected = {**expected, "key": "k", "title": "", "description": ""}
        if issubclass(kind, ParamField):
            expected |= {"enums": [], "required": False}
        else:
            expected |= {"status": 3, "need_base64": False}
        assert {name: getattr(field, name) for name in expected} == expected, kind
    assert [kind("k").data_type for kind in EVERY_CLASS] == [0, 0, 2, 1, "string", "number", "integer", "boolean"]


@pytest.mark.parametrize("kind", EVERY_CLASS)
def test_every_class_takes_title_and_description(kind: Any) -> None:
    field = kind("k", title="T", description="D")
    assert (field.title, field.description) == ("T", "D")
    assert field.findings() == []
    assert f"{field}" == f"{field!r}" == f"<{kind.__name__}:k>"
    assert kind("k", title=1, description=None).findings() == [
        f"{field.noun} 'k': title is 1, expected a str",
        f"{field.noun} 'k': description is None, expected a str",
    ]


@pytest.mark.parametrize("kind", EVERY_CLASS)
@pytest.mark.parametrize("key", ["", None, b"k", 1])
def test_a_key_is_a_non_empty_str(kind: Any, key: Any) -> None:
    with pytest.raises(TypeError, match=f"key of a {kind.__name__} is .*expected a non-empty str"):
        kind(key)


def test_content_never_stops_a_load() -> None:
    strange: list[Any] = [None, "", "9", b"x", -1, float("nan"), float("inf"), [], {}, object(), 10**400, 1j]
    for value in strange:
        fields = [
            StringBodyField("k", value, value, value, value, value, value),
            JsonBodyField("k", value, value, value, value, value, value),
            ImageBodyField("k", value, value, value, value),
            AudioBodyField("k", value, value, value, value, value),
            StringParamField("k", value, value, value, value, value, value, value),
            NumberParamField("k", value, value, value, value, value),
            IntegerParamField("k", value, value, value, value, value),
            BooleanParamField("k", value, value, value, value),
        ]
        for field in fields:
            assert all(isinstance(sentence, str) for sentence in field.findings())
            assert field.has_test_value in (True, False)
        for param in fields[4:]:
            assert isinstance(param, ParamField)
            json.dumps([param.constraints(), param.schema_default()], allow_nan=False)
            assert param.problem("x") is None or isinstance(param.problem("x"), str)


def test_lists_are_not_shared() -> None:
    one, two = StringParamField("a"), StringParamField("b")
    one.enums.append("x")
    assert two.enums == [] and StringParamField("c").enums == []
    given = ["x"]
    NumberParamField("n", enums=given).enums.append("y")
    assert given == ["x"]


@pytest.mark.parametrize("kind", EVERY_CLASS)
def test_fields_can_be_copied_and_pickled(kind: Any) -> None:
    for twin in (copy.deepcopy(kind("k")), pickle.loads(pickle.dumps(kind("k")))):
        assert vars(twin) == vars(kind("k"))


# --- test values of payloads ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (StringBodyField("k"), b" "),
        (StringBodyField("k", b"\xff"), b"\xff"),
        (StringBodyField("k", bytearray(b"a")), b"a"),
        (StringBodyField("k", "中"), "中".encode()),
        (StringBodyField("k", "中", encoding="gbk"), "中".encode("gbk")),
        (StringBodyField("k", "中", encoding="klingon"), "中".encode()),
        (StringBodyField("k", {"a": 1}), b'{"a": 1}'),
        (JsonBodyField("k"), b""),
        (JsonBodyField("k", '{"a": "中"}'), '{"a": "中"}'.encode()),
        (JsonBodyField("k", b"[1]"), b"[1]"),
        (JsonBodyField("k", {"a": "中"}), '{"a": "中"}'.encode()),
        (JsonBodyField("k", [1, None]), b"[1, null]"),
        (JsonBodyField("k", 5), b"5"),
        (JsonBodyField("k", {"a": "中"}, encoding="gbk"), '{"a": "中"}'.encode()),
    ],
)
def test_texts_and_json_as_bytes(field: Any, expected: bytes) -> None:
    assert field.test_value == expected and field.has_test_value
    field.need_base64 = True
    assert field.test_value == base64.b64encode(expected)


def test_a_value_is_read_when_it_is_asked_for() -> None:
    value = {"a": 1}
    field = JsonBodyField("k", value)
    value["a"] = 2
    assert field.test_value == b'{"a": 2}'


def test_values_that_cannot_become_bytes() -> None:
    broken = [
        (JsonBodyField("k", {"a": object()}), "cannot make the test value of 'k': value .* cannot become JSON"),
        (JsonBodyField("k", float("nan")), "cannot make the test value of 'k': value nan cannot become JSON"),
        (
            StringBodyField("k", "中", encoding="ascii"),
            "cannot make the test value of 'k': value '中' cannot be encoded",
        ),
    ]
    for field, message in broken:
        assert not field.has_test_value
        with pytest.raises(ValueError, match=message):
            _ = field.test_value
        assert any("cannot make the test value of 'k'" in sentence for sentence in field.findings())


# --- test files -------------------------------------------------------------------------------------------------------

MODULE = """
from aiges_native.sdk.fields import AudioBodyField, ImageBodyField

class Own(ImageBodyField):
    def __init__(self, key):
        super().__init__(key, "beside.png")

class Request:
    image = ImageBodyField("image", "beside.png", True)
    audio = AudioBodyField("audio", path="sounds/../beside.png")
    own = Own("own")
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module in a folder, while the working directory is another."""
    folder = tmp_path / "module"
    (folder / "sounds").mkdir(parents=True)
    file = folder / "wrapper.py"
    file.write_text(MODULE)
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    made = ModuleType("wrapper")
    made.__file__ = str(file)
    exec(compile(MODULE, str(file), "exec"), made.__dict__)
    return made


def test_a_relative_path_is_looked_up_beside_the_module_too(module: ModuleType, tmp_path: Path) -> None:
    request = module.Request
    assert not request.image.has_test_value  # defined before the file exists
    (tmp_path / "module" / "beside.png").write_bytes(b"beside")
    assert request.image.has_test_value
    assert request.image.test_value == request.image.image == base64.b64encode(b"beside")
    assert request.audio.test_value == b"beside"
    (tmp_path / "cwd" / "beside.png").write_bytes(b"cwd")
    assert request.image.test_value == base64.b64encode(b"cwd"), "the working directory comes first"


def test_the_module_is_that_of_the_field_not_of_its_class(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "module" / "beside.png").write_bytes(b"theirs")
    assert module.Request.own.test_value == b"theirs"
    field = module.Own("here")
    assert field.places() == [tmp_path / "cwd" / "beside.png", Path(__file__).parent / "beside.png"]


def test_a_missing_file_says_where_it_was_looked_for(module: ModuleType, tmp_path: Path) -> None:
    field = module.Request.image
    with pytest.raises(FileNotFoundError) as caught:
        _ = field.test_value
    message = str(caught.value)
    assert "test file of 'image'" in message and "'beside.png'" in message
    assert str(tmp_path / "cwd" / "beside.png") in message and str(tmp_path / "module" / "beside.png") in message
    assert field.findings() == [message]
    assert field.image == b"<your image base64 here>"


def test_absolute_paths_folders_and_path_objects(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"png")
    assert ImageBodyField("k", file).test_value == ImageBodyField("k", str(file)).test_value == b"png"
    assert ImageBodyField("k", str(file).encode()).test_value == b"png"
    folder = AudioBodyField("k", str(tmp_path))
    assert not folder.has_test_value and f"no file at '{tmp_path}'" in folder.findings()[0]


def test_no_path_and_no_path_at_all() -> None:
    field = ImageBodyField("k")
    assert field.findings() == [] and not field.has_test_value
    with pytest.raises(FileNotFoundError, match="of 'k': no path is declared; pass path="):
        _ = field.test_value
    strange = AudioBodyField("k", 5)
    assert strange.findings() == ["cannot read the test file of 'k': path is 5, expected a str"]
    assert ImageBodyField("k", "a\0b").findings(), "a path that no system has"


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"png")
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root reads everything
    field = ImageBodyField("k", file)
    assert not field.has_test_value
    assert field.findings() == [f"payload 'k': test file '{file}' is not readable"]


def test_the_working_directory_may_be_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathlib.Path.cwd", lambda: (_ for _ in ()).throw(FileNotFoundError()))
    assert ImageBodyField("k", "a.png").places() == [Path(__file__).parent / "a.png"]


def test_code_without_a_file_looks_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"ImageBodyField": ImageBodyField}
    exec(compile("field = ImageBodyField('k', 'a.png')", "<string>", "exec"), names)
    assert names["field"].places() == [tmp_path / "a.png"]


# --- findings of payloads ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (StringBodyField("k", status=9), "payload 'k': status is 9, expected 0, 1, 2 or 3"),
        (AudioBodyField("k", encoding=None), "payload 'k': encoding is None, expected a str"),
        (StringBodyField("k", "x", encoding="klingon"), "encoding 'klingon' is no known codec; UTF-8 is sent"),
        (StringBodyField("k", 5), "payload 'k': value is 5, expected str or bytes; it is sent as JSON"),
        (JsonBodyField("k", "{"), "payload 'k': value '{' is no JSON"),
        (JsonBodyField("k", b"\xff"), "is no JSON"),
    ],
)
def test_findings_of_payloads(field: Field, expected: str) -> None:
    (found,) = field.findings()
    assert expected in found


# --- parameters -------------------------------------------------------------------------------------------------------


def test_bytes_are_decoded() -> None:
    field = StringParamField("k", enums=[b"a", "中".encode()], value="中".encode())
    assert field.value == field.test_value == "中" and field.enums == ["a", "中"]
    assert field.findings() == []


class Colour(str, Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), ("é", "é"), (b"\xc3\xa9", "é"), (True, "true"), (False, "false"), (5, "5"), (-7, "-7"), (5.0, "5"),
        (0.5, "0.5"), (1e-7, "0.0000001"), (1e22, "10000000000000000000000"), (0.1, "0.1"), (Colour.RED, "red"),
        (Decimal("1.50"), "1.50"), (numpy.int64(3), "3"), (numpy.float32(0.5), "0.5"), (numpy.bool_(True), "true"),
    ],
)  # fmt: skip
def test_param_values_as_texts(value: Any, text: str) -> None:
    assert param_text(value) == text


#: field, texts that may be sent, text that may not -> what the sentence says
PROBLEMS: list[tuple[ParamField, list[str], dict[str, str]]] = [
    (StringParamField("k", 1, 3), ["a", "中中中"], {"": "'' (length 0), expected 1 to 3 characters",
                                                 "abcd": "'abcd' (length 4), expected 1 to 3 characters"}),
    (StringParamField("k", 0, 2), ["", "ab"], {"abc": "expected at most 2 characters"}),
    (StringParamField("k", 2, None), ["ab" * 999], {"a": "expected at least 2 characters"}),
    (StringParamField("k", enums=["long", 1], maxLength=1), ["long", "1"], {"": "expected one of 'long', '1'"}),
    (NumberParamField("k", 1, 9), ["1", "9", "1.5", "9.0", "1e0"], {"0.999": "expected 1 to 9", "10": "expected 1 to 9",
                                                                "": "expected a number", "nan": "expected a number",
                                                                "inf": "expected a number", "1e999": "a number",
                                                                "1_0": "a number", " 5": "a number"}),
    (NumberParamField("k", None, float("inf")), ["-1e300", "1e300"], {"x": "expected a number"}),
    (NumberParamField("k", -1, None), ["-1", "1e9"], {"-2": "expected at least -1"}),
    (NumberParamField("k", enums=[8000, 16000]), ["8000", "16000.0"], {"1": "expected one of 8000, 16000"}),
    (IntegerParamField("k", 0, 7), ["0", "7", "-0"], {"5.0": "expected a whole number", "8": "expected 0 to 7",
                                                       "true": "a whole number", "9" * 5000: "a whole number"}),
    (IntegerParamField("k", 0.5, "3"), ["1", "3"], {"0": "expected 0.5 to 3"}),
    (BooleanParamField("k"), ["true", "false"], {"True": "expected true or false", "1": "expected true or false"}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "good", "bad"), PROBLEMS)
def test_problems(field: ParamField, good: list[str], bad: dict[str, str]) -> None:
    for text in good:
        assert field.problem(text) is None
    for text, sentence in bad.items():
        found = field.problem(text)
        assert found is not None and found.startswith("param 'k' is ") and sentence in found, found
        assert len(found) < 200


def test_problems_of_absent_and_typed_values() -> None:
    assert StringParamField("k").problem(None) is None
    assert StringParamField("k", required=True).problem(None) == "param 'k' is missing, and is required"
    assert IntegerParamField("k").problem(5) is None and BooleanParamField("k").problem(True) is None
    assert StringParamField("k", maxLength=1).problem(b"ab") is not None


def test_a_sentence_about_many_choices_is_short() -> None:
    found = StringParamField("k", enums=[f"choice {number}" for number in range(99)]).problem("x")
    assert found is not None and found.endswith("'choice 9', …") and len(found) < 200


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (StringParamField("k", enums=["a"], value="b"), "param 'k': value is 'b', expected one of 'a'"),
        (StringParamField("k", 2, value="b"), "param 'k': value is 'b' (length 1), expected 2 to 1024 characters"),
        (StringParamField("k", 5, 3), "minLength 5 is greater than maxLength 3; no text is allowed"),
        (StringParamField("k", minLength=-1), "minLength is -1, expected a whole number from 0"),
        (StringParamField("k", value={"a": 1}), "value is {'a': 1} (dict), expected a str"),
        (NumberParamField("k", 1, 9, value=10), "param 'k': value is '10', expected 1 to 9"),
        (NumberParamField("k", 9, 1), "minimum 9 is greater than maximum 1; no number is allowed"),
        (NumberParamField("k", maximum="many"), "maximum is 'many', expected a number; there is no such limit now"),
        (NumberParamField("k", enums=[1, "many"]), "'many' in enums can never be sent, expected a number"),
        (IntegerParamField("k", value=1.5), "value is '1.5', expected a whole number"),
        (IntegerParamField("k", enums=[1.5, 2]), "1.5 in enums can never be sent, expected a whole number"),
        (BooleanParamField("k", default="yes"), "param 'k': value is 'yes', expected true or false"),
    ],
)
def test_findings_of_params(field: ParamField, expected: str) -> None:
    (found,) = field.findings()
    assert expected in found


def test_an_undeclared_value_is_no_finding() -> None:
    for field in (StringParamField("k", enums=["a"]), NumberParamField("k", minimum=1), StringParamField("k", 5)):
        assert field.findings() == [] and field.schema_default() is None and field.has_test_value
    assert NumberParamField("k", value=0).schema_default() == 0
    late = NumberParamField("k")
    late.value = 7
    assert late.schema_default() == 7


def test_defaults_keep_their_type_and_their_limits() -> None:
    assert StringParamField("k", value=5).schema_default() == "5"
    assert repr(NumberParamField("k", value="2.5").schema_default()) == "2.5"
    assert repr(IntegerParamField("k", value=3.0).schema_default()) == "3"
    assert IntegerParamField("k", value=101).schema_default() is None
    assert BooleanParamField("k").schema_default() is False
    assert BooleanParamField("k", default="true").schema_default() is True
    assert BooleanParamField("k", default=True, value=False).schema_default() is False
    assert BooleanParamField("k", default=1).test_value is True
    assert BooleanParamField("k", default=None).schema_default() is None


# --- fields of one's own ----------------------------------------------------------------------------------------------


def test_fields_of_ones_own() -> None:
    class Counter(PayloadField):
        def __init__(self) -> None:
            super().__init__("counter", 0)

        def content(self) -> bytes:
            return b"1"

    class Generated(ImageBodyField):
        @property
        def test_value(self) -> bytes:
            return b"drawn"

    class Bare(ParamField):
        def __init__(self) -> None:  # as wrappers do that know the attributes only
            self.key = "bare"
            self.data_type = "string"

    assert Counter().test_value == b"1" and Counter().findings() == [] and Counter().need_base64 is False
    assert Generated("k", "nowhere.png").findings() == [] and Generated("k").image == b"drawn"
    bare = Bare()
    assert bare.findings() == [] and bare.problem("x") is None and bare.constraints() == {"type": "string"}
    unfinished = PayloadField("k", 0)
    assert not unfinished.has_test_value and "defines neither" in unfinished.findings()[0]
    with pytest.raises(NotImplementedError, match="Field defines no 'test_value'"):
        _ = Field("k", 0).test_value


# --- collection -------------------------------------------------------------------------------------------------------


class Base:
    mode = StringParamField("mode")
    picture = ImageBodyField("picture")
    speed = IntegerParamField("speed")


class Mixin:
    text = StringBodyField("text")


class Request(Base, Mixin):
    extra = JsonBodyField("extra")
    mode = StringParamField("mode", value="fast")  # an override keeps its place
    speed = None  # and may take a field away


class Response:
    accept1 = StringBodyField("text")


def keys(fields: Any) -> tuple[list[str], list[str], list[str]]:
    return tuple([field.key for field in each] for each in (fields.inputs, fields.accepts, fields.params))  # type: ignore[return-value]


class Wrapper:
    requestCls = Request()
    responseCls = Response


def test_fields_are_found_over_the_mro() -> None:
    expected = (["text", "picture", "extra"], ["text"], ["mode"])
    for wrapper in (Wrapper, Wrapper(), type("Derived", (Wrapper,), {})()):
        fields = collect(wrapper)
        assert keys(fields) == expected
        assert fields.params[0].value == "fast" and fields.findings() == []
    assert repr(collect(Wrapper)).startswith("<Fields inputs=[<StringBodyField:text>, ")


def test_attributes_of_the_instance_come_last() -> None:
    request = Request()
    request.late = AudioBodyField("late")  # type: ignore[attr-defined]
    request.picture = ImageBodyField("replaced")
    fields = collect(SimpleNamespace(requestCls=request, responseCls=None))
    assert keys(fields) == (["text", "replaced", "extra", "late"], [], ["mode"])


def test_wrappers_share_nothing() -> None:
    one, two = collect(Wrapper), collect(Wrapper)
    one.inputs.clear()
    assert len(two.inputs) == 3 and len(collect(Wrapper()).inputs) == 3


@pytest.mark.parametrize("wrapper", [object(), object, ModuleType("convention_a"), SimpleNamespace(requestCls=None)])
def test_missing_classes(wrapper: object) -> None:
    assert keys(collect(wrapper)) == ([], [], [])
    assert collect(wrapper).findings() == []


def test_mappings_are_readable_on_class_and_instance() -> None:
    class Mapped(Wrapper):
        __mappings__ = Mappings()

    for mappings in (Mapped.__mappings__, Mapped().__mappings__):
        assert list(mappings) == ["inputs", "accepts", "params"]
        assert mappings["inputs"]["picture"] is Base.picture and mappings["accepts"]["text"] is Response.accept1


def test_findings_between_fields() -> None:
    class Unnamed(StringBodyField):
        def __init__(self) -> None:
            pass

    class Bad:
        one = StringBodyField("k")
        two = StringBodyField("k", "last")
        three = StringParamField("out", value="x", maxLength=0)
        four = StringParamField("sid")
        five = StringBodyField("aiges.secret")
        six = Unnamed()
        seven = ImageBodyField
        eight = Field("bare", 0)

    class Out:
        accept1 = ImageBodyField("out", "no/such/file.png")
        accept2 = StringParamField("param")

    fields = collect(SimpleNamespace(requestCls=Bad, responseCls=Out()))
    assert fields.findings() == [
        "param 'out': value is 'x' (length 1), expected at most 0 characters",
        "requestCls.six has no key; call super().__init__(key, ...) in Unnamed",
        "requestCls.seven is the class ImageBodyField, not a field; write ImageBodyField(key=...)",
        "requestCls.eight is a bare Field; derive it from ParamField or PayloadField",
        "param 'param' on responseCls is not used; params belong on requestCls",
        "2 inputs have the key 'k', expected one; only the last counts",
        "'out' is a param and an accept: where a request describes its outputs, one hides the other",
        "param 'sid' never arrives: the session's own 'sid' is written there; use another key",
        "input 'aiges.secret' never arrives: keys that begin with 'aiges.' are dropped; use another key",
    ]
    assert [field.value for field in last_of_each_key(fields.inputs)] == ["last", b" "]  # type: ignore[attr-defined]


# --- weight -----------------------------------------------------------------------------------------------------------


def test_the_import_brings_nothing_but_itself() -> None:
    code = """
import sys, aiges_native.sdk
before = set(sys.modules)
import aiges_native.sdk.fields
from aiges_native.sdk.schema import legacy, openapi, v2
print(sorted(name for name in set(sys.modules) - before if not name.startswith("aiges_native.sdk.")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
