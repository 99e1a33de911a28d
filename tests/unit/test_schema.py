"""Schemas: the two sample documents, what every constraint means to a validator, OpenAPI that validates."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aiges_native.sdk import WrapperBase, schema
from aiges_native.sdk.fields import (
    AudioBodyField,
    BooleanParamField,
    ImageBodyField,
    IntegerParamField,
    JsonBodyField,
    NumberParamField,
    ParamField,
    PayloadField,
    StringBodyField,
    StringParamField,
)
from aiges_native.sdk.schema import legacy, legacy_text, openapi, v2, v2_text

SAMPLES = Path(__file__).parent / "samples"
Json = dict[str, Any]
FORMS = [legacy, v2, openapi]


class SampleRequest:
    """The declarations behind both samples; the one of v2 has no JSON input."""

    params1 = StringParamField(
        "mode", enums=["music", "humming"], value="humming", required=True, description="d", title="Mode"
    )
    params2 = StringParamField("lang", minLength=1, maxLength=44, value="zh")
    params3 = NumberParamField("num", minimum=1, maximum=9, value=5)
    params4 = IntegerParamField("int", minimum=0, maximum=7, value=3)
    params5 = BooleanParamField("flag", "Flag", True)
    input1 = ImageBodyField("img", __file__)
    input2 = StringBodyField("text", "中文".encode())
    input3 = AudioBodyField("aud", "no/such/file.wav")


class SampleResponse:
    accept1 = StringBodyField("result")
    accept2 = ImageBodyField("outimg")


class Sample:
    serviceId = "sample"
    version = "v1"
    requestCls = SampleRequest()
    responseCls = SampleResponse()


class LegacySample(Sample):
    class requestCls(SampleRequest):
        input4 = JsonBodyField("js", {"a": 1})


def sample(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8").removesuffix("\n")


def indented(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def wrapper(*fields: Any, accepts: tuple[PayloadField, ...] = (), **attributes: Any) -> Any:
    """A wrapper with these fields, in this order."""
    request = SimpleNamespace(**{f"field{number}": field for number, field in enumerate(fields)})
    response = SimpleNamespace(**{f"accept{number}": field for number, field in enumerate(accepts)})
    return SimpleNamespace(**{"serviceId": "svc", "requestCls": request, "responseCls": response, **attributes})


def parameter(document: Json) -> Json:
    """The schema of the service's own parameters in a legacy or v2 document."""
    found: Json = document["schemainput"]["properties"]["parameter"]["properties"][document["meta"]["serviceId"]]
    return found


# --- the samples ------------------------------------------------------------------------------------------------------


def test_legacy_is_the_sample() -> None:
    for each in (LegacySample, LegacySample()):
        assert indented(legacy(each)) == sample("schema_legacy.json")


def edit(document: Json, path: str, change: Callable[[Json], None]) -> None:
    for name in path.split("/"):
        document = document[name]
    change(document)


def become(schema: Json) -> Callable[[Json], None]:
    def change(target: Json) -> None:
        target.clear()
        target.update(schema)

    return change


def insert(after: str, name: str, value: Any) -> Callable[[Json], None]:
    def change(target: Json) -> None:
        items = list(target.items())
        place = next(index for index, (key, _) in enumerate(items) if key == after) + 1
        become(dict([*items[:place], (name, value), *items[place:]]))(target)

    return change


PARAMETER = "schemainput/properties/parameter"
OWN = f"{PARAMETER}/properties/sample"
TREES = (f"{PARAMETER}/defaultVal/sample", f"{OWN}/defaultVal")

#: Every difference from the sample: where, and what is done to it.
DIFFERENCES: list[tuple[str, Callable[[Json], None]]] = [
    # constraints and descriptions as declared
    (
        f"{OWN}/properties/mode",
        become({"description": "d", "enum": ["music", "humming"], "type": "string", "defaultVal": "humming"}),
    ),
    (f"{OWN}/properties/lang", become({"maxLength": 44, "minLength": 1, "type": "string", "defaultVal": "zh"})),
    (f"{OWN}/properties/num", become({"minimum": 1, "maximum": 9, "type": "number", "defaultVal": 5})),
    # integers are not lost
    (f"{OWN}/properties", insert("num", "int", {"minimum": 0, "maximum": 7, "type": "integer", "defaultVal": 3})),
    *((tree, insert("num", "int", 3)) for tree in TREES),
    # declared values
    *((tree, lambda values: values.update(mode="humming", lang="zh", num=5)) for tree in TREES),
    # what is required, and what is not
    (OWN, insert("properties", "required", ["mode"])),
    (f"{OWN}/properties/result", lambda block: block.pop("required")),
]


def test_v2_is_the_sample_but_for_these_differences() -> None:
    expected = json.loads(sample("schema_v2.json"))
    for path, change in DIFFERENCES:
        edit(expected, path, change)
    for each in (Sample, Sample()):
        assert indented(v2(each)) == indented(expected)


def test_text_forms() -> None:
    named = wrapper(StringParamField("k", enums=["中"]), StringBodyField("t"))
    assert legacy_text(named) == json.dumps(legacy(named), indent=4, ensure_ascii=False)
    assert "中" in legacy_text(named) and '\n    "meta": {\n        "serviceId"' in legacy_text(named)
    assert v2_text(named) == json.dumps(v2(named))
    assert "\\u4e2d" in v2_text(named) and "\n" not in v2_text(named)
    assert legacy_text(named, "other") != legacy_text(named) and v2_text(named, "other") != v2_text(named)


def test_the_base_class_gives_the_same() -> None:
    class Derived(Sample, WrapperBase):
        pass

    for legacy_form in (True, False):
        derived = Derived(legacy=legacy_form)
        assert derived.schema() == (legacy_text if legacy_form else v2_text)(Sample)
        assert (derived.schema_legacy(), derived.schema_v2()) == (legacy_text(Sample), v2_text(Sample))
        assert derived.openapi() == openapi(Sample)
    assert Derived(False, False, False).schema() == v2_text(Derived(is_aipaas=False, keep_schema_default_value=False))
    assert set(dir(schema)) >= set(schema.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'v3'"):
        _ = schema.v3


# --- meta -------------------------------------------------------------------------------------------------------------


def test_meta_is_read_from_the_wrapper_by_ordinary_lookup() -> None:
    class Other(Sample):
        sub, call, call_type, webgate_type = "sub", "call", 2, 1
        hosts, route = "host", ["/a", "b", "/a"]

    class Derived(Other):
        version = "v2"

    for each in (Derived, Derived()):
        meta = v2(each)["meta"]
        assert [meta[name] for name in ("version", "sub", "call", "call_type", "webgate_type", "hosts", "route")] == [
            *("v2", "sub", "call", 2, 1, "host"),
            ["/a", "b", "/a"],
        ]
        assert legacy(each)["meta"]["route"] == ["/a", "b", "/a"] and "webgate_type" not in legacy(each)["meta"]
        assert list(openapi(each)["paths"]) == ["/a", "/b"]


def test_methods_and_texts_under_the_names_of_meta() -> None:
    class Router:
        serviceId = 5
        version = 2
        call_type = "1"
        webgate_type = "many"

        def route(self) -> None: ...

        @property
        def hosts(self) -> list[str]:
            return ["one", "two"]

    meta = v2(Router())["meta"]
    assert meta["serviceId"] == "5" and meta["version"] == "2" and meta["route"] == "/2/private/5"
    assert meta["call_type"] == 1 and meta["webgate_type"] == 0 and meta["hosts"] == ["one", "two"]
    assert v2(Router)["meta"]["hosts"] == "api.xf-yun.com"


@pytest.mark.parametrize("form", FORMS)
def test_a_name_is_needed_and_may_be_passed(form: Callable[..., Json]) -> None:
    class Nameless:
        pass

    for each in (Nameless, Nameless()):
        with pytest.raises(
            ValueError, match="schema of 'Nameless': 'serviceId' is not set; add the line `serviceId = "
        ):
            form(each)
        assert form(each, "given") == form(each, service_id="given")
    assert "/v1/private/given" in json.dumps(form(Sample, "given")), "goes before the wrapper's own"
    with pytest.raises(ValueError, match="serviceId 'route' is a name that 'meta' uses itself"):
        form(Nameless, "route")


@pytest.mark.parametrize("form", [legacy, v2])
def test_no_fields_at_all(form: Callable[..., Json]) -> None:
    document = form(object(), "svc")
    assert document["meta"]["svc"] == {"input": {}, "accept": {}}
    assert parameter(document)["properties"] == {}
    for name in ("schemainput", "schemaoutput"):
        assert document[name]["properties"]["payload"]["properties"] == {}


@pytest.mark.parametrize("form", FORMS)
def test_documents_are_independent_and_nothing_is_changed(form: Callable[..., Json]) -> None:
    before = copy.deepcopy(vars(SampleRequest.params1))
    first, second = form(Sample), form(Sample)
    assert first == second
    seen = [id(each) for each in containers(first)] + [id(each) for each in containers(second)]
    assert len(seen) == len(set(seen)), "no list or dict occurs twice"
    form(wrapper(StringBodyField("only")))
    assert form(Sample) == second and vars(SampleRequest.params1) == before


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


@pytest.mark.parametrize("form", FORMS)
def test_no_file_is_read(form: Callable[..., Json], monkeypatch: pytest.MonkeyPatch) -> None:
    def read(self: Path) -> bytes:
        raise AssertionError(f"{self} was read")

    monkeypatch.setattr(Path, "read_bytes", read)
    form(wrapper(ImageBodyField("image", __file__), accepts=(ImageBodyField("out", __file__),)))


# --- what legacy keeps and loses --------------------------------------------------------------------------------------


def test_legacy_params() -> None:
    fields = [
        StringParamField('a "quoted" name', 2, 5, required=True, value="abc", description="lost"),
        NumberParamField("n", 1, None, value=2),
        IntegerParamField("i", enums=[1, "2"]),
        BooleanParamField("b", default=False, value=True),
        BooleanParamField("broken", default="maybe"),
    ]
    own = parameter(legacy(wrapper(*fields)))
    assert own == {
        "type": "object",
        "properties": {
            'a "quoted" name': {"type": "string", "maxLength": 5},
            "n": {"type": "number"},
            "i": {"type": "integer", "enum": [1, 2]},
            "b": {"type": "boolean", "default": True},
            "broken": {"type": "boolean"},
        },
        "required": ['a "quoted" name'],
    }
    assert parameter(legacy(wrapper()))["required"] == []


# --- what v2 writes ---------------------------------------------------------------------------------------------------


def payloads(document: Json, side: str = "schemainput") -> Json:
    found: Json = document[side]["properties"]["payload"]["properties"]
    return found


def test_values_without_a_declaration_or_beyond_their_limits_are_no_defaults() -> None:
    document = v2(wrapper(StringParamField("s"), NumberParamField("n", 1, 9, value=10), BooleanParamField("b")))
    own = parameter(document)
    assert own["defaultVal"] == {"s": None, "n": None, "b": False}
    assert document["schemainput"]["properties"]["parameter"]["defaultVal"] == {"svc": own["defaultVal"]}
    assert ["defaultVal" in schema for schema in own["properties"].values()] == [False, False, True]
    assert "required" not in own


def test_limits_that_are_none_are_left_out() -> None:
    fields = [
        StringParamField("s", 1, float("inf")),
        NumberParamField("n", None, "many"),
        IntegerParamField("i", 1.5, 3),
    ]
    assert parameter(v2(wrapper(*fields)))["properties"] == {
        "s": {"minLength": 1, "type": "string"},
        "n": {"type": "number"},
        "i": {"minimum": 1.5, "maximum": 3, "type": "integer"},
    }


def test_enums_go_before_limits() -> None:
    fields = [
        NumberParamField("rate", enums=[8000, 16000.5], value=8000),
        StringParamField("s", 5, 9, enums=["a", 1, "a"], value="a"),
        NumberParamField("none", enums=["many"]),
    ]
    assert parameter(v2(wrapper(*fields)))["properties"] == {
        "rate": {"enum": [8000, 16000.5], "type": "number", "defaultVal": 8000},
        "s": {"enum": ["a", "1"], "type": "string", "defaultVal": "a"},
        "none": {"minimum": 0, "maximum": 100, "type": "number"},
    }


def test_declared_descriptions_of_payloads() -> None:
    document = v2(
        wrapper(
            JsonBodyField("js", {"a": 1}, description="the request"),
            ImageBodyField("bmp", encoding="bmp", status=0),
            AudioBodyField("opus", encoding="opus"),
            StringBodyField("md", encoding="utf16", format="markdown", compress="zstd"),
            accepts=(AudioBodyField("speech", description="what was said"),),
        )
    )
    blocks = payloads(document)
    js = blocks["js"]
    assert list(js) == ["description", "defaultVal", "type", "properties", "required"]
    assert js["description"] == "the request" and js["defaultVal"]["format"] == "json"
    assert js["properties"]["format"]["enum"] == ["xml", "plain", "json"]
    assert blocks["bmp"]["properties"]["encoding"]["enum"] == ["jpg", "png", "bmp"]
    assert blocks["bmp"]["defaultVal"] == {"encoding": "bmp", "status": 0, "image": "test", "data_type": "image"}
    assert blocks["opus"]["properties"]["encoding"]["enum"] == ["pcm", "raw", "mp3", "opus"]
    for name, last in (("encoding", "utf16"), ("format", "markdown"), ("compress", "zstd")):
        assert blocks["md"]["properties"][name]["enum"][-1] == last == blocks["md"]["defaultVal"][name]
    speech = payloads(document, "schemaoutput")["speech"]
    assert speech["defaultVal"] == {"encoding": "raw", "status": 3, "audio": "test", "data_type": "audio"}
    assert speech["description"] == "what was said"


def test_what_is_broken_in_a_payload_counts_as_not_declared() -> None:
    field: Any = StringBodyField("t", encoding=None, format=5, compress="", status="x")  # type: ignore[arg-type]
    tree = payloads(v2(wrapper(field)))["t"]["defaultVal"]
    assert [tree[name] for name in ("encoding", "format", "compress", "status")] == ["utf8", "plain", "raw", 3]


def test_titles_and_default_names() -> None:
    document = v2(Sample, "sample")
    assert '"title"' not in json.dumps(document)

    class Plain(Sample):
        is_aipaas = False

    plain = v2(Plain)
    assert "defaultVal" not in json.dumps(plain)
    mode = parameter(plain)["properties"]["mode"]
    assert list(mode) == ["title", "description", "enum", "type", "default"] and mode["title"] == "Mode"
    renamed = json.loads(json.dumps(plain).replace('"default"', '"defaultVal"'))
    for field in ("mode", "flag"):
        del parameter(renamed)["properties"][field]["title"]
    assert renamed == document, "titles and the word are the only differences"


def test_defaults_can_be_left_out() -> None:
    class Bare(Sample):
        keep_schema_default_value = False

    assert "default" not in json.dumps(v2(Bare)).lower()
    assert parameter(v2(Bare))["required"] == ["mode"]
    named = wrapper(StringParamField("defaultVal"), keep_schema_default_value=False)
    assert list(parameter(v2(named))["properties"]) == ["defaultVal"], "a field may be called so"


def test_a_param_hides_an_output_of_the_same_key() -> None:
    document = v2(wrapper(StringParamField("out", value="x"), accepts=(StringBodyField("out"),)))
    assert parameter(document)["properties"]["out"]["type"] == "string"
    assert parameter(document)["defaultVal"] == {"out": "x"}
    assert list(payloads(document, "schemaoutput")) == ["out"]


@pytest.mark.parametrize("form", [legacy, v2])
def test_of_equal_keys_the_last_counts_and_unknown_data_is_left_out(form: Callable[..., Json]) -> None:
    document = form(wrapper(StringBodyField("k"), StringBodyField("other"), ImageBodyField("k"), PayloadField("v", 3)))
    assert document["meta"]["svc"]["input"] == {"k": {"dataType": "image"}, "other": {"dataType": "text"}}
    assert list(payloads(document)) == ["k", "other"]


# --- what the constraints mean ----------------------------------------------------------------------------------------

REQUEST: Json = {
    "header": {"appid": "1", "status": 3},
    "parameter": {
        "sample": {
            "mode": "music",
            "lang": "en",
            "num": 1.5,
            "int": 7,
            "flag": False,
            "result": {"encoding": "utf8", "compress": "raw", "format": "plain", "data_type": "text"},
        }
    },
    "payload": {
        "img": {"encoding": "jpg", "status": 3, "image": "dGVzdA=="},
        "text": {"encoding": "utf8", "compress": "raw", "format": "plain", "status": 3, "text": "dGVzdA=="},
        "aud": {"encoding": "raw", "status": 3, "audio": "dGVzdA=="},
    },
}

ABSENT = object()

#: One change each to a valid request, and the keyword it offends.
VIOLATIONS: list[tuple[str, Any, str]] = [
    ("header", {"status": 3}, "required"),
    ("header", {"appid": "1"}, "required"),
    ("header/appid", 1, "type"),
    ("parameter/sample/mode", ABSENT, "required"),
    ("parameter/sample/mode", "other", "enum"),
    ("parameter/sample/mode", None, "enum"),
    ("parameter/sample/lang", "", "minLength"),
    ("parameter/sample/lang", "x" * 45, "maxLength"),
    ("parameter/sample/lang", 5, "type"),
    ("parameter/sample/num", 0.9, "minimum"),
    ("parameter/sample/num", 9.1, "maximum"),
    ("parameter/sample/num", "5", "type"),
    ("parameter/sample/int", -1, "minimum"),
    ("parameter/sample/int", 8, "maximum"),
    ("parameter/sample/int", 1.5, "type"),
    ("parameter/sample/flag", "true", "type"),
    ("parameter/sample/result", "text", "type"),
    ("parameter/sample/result/encoding", "utf16", "enum"),
    ("payload/img/encoding", "bmp", "enum"),
    ("payload/img/image", "", "minLength"),
    ("payload/img/image", 5, "type"),
    ("payload/img/status", 4, "enum"),
    ("payload/text/text", "x" * (10 * 1024 * 1024 + 1), "maxLength"),
    ("payload/text/status", ABSENT, "required"),
    ("payload/text/format", "yaml", "enum"),
    ("payload/text/compress", "zip", "enum"),
    ("payload/aud/encoding", "wav", "enum"),
]


def test_a_request_that_keeps_every_constraint() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    document = v2(Sample)
    for name in ("schemainput", "schemaoutput"):
        jsonschema.Draft202012Validator.check_schema(document[name])
        jsonschema.Draft4Validator.check_schema(document[name])
    for edges in ({}, {"lang": "x", "num": 1, "int": 0}, {"lang": "x" * 44, "num": 9, "mode": "humming"}):
        params = {**REQUEST["parameter"]["sample"], **edges}
        jsonschema.validate({**REQUEST, "parameter": {"sample": params}}, document["schemainput"])
    jsonschema.validate({"header": REQUEST["header"], "payload": {}}, document["schemainput"])


@pytest.mark.parametrize(("path", "value", "keyword"), VIOLATIONS, ids=lambda each: str(each)[:40])
def test_a_request_that_breaks_one_constraint(path: str, value: Any, keyword: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    request = copy.deepcopy(REQUEST)
    *parents, last = path.split("/")
    target = request
    for name in parents:
        target = target[name]
    if value is ABSENT:
        del target[last]
    else:
        target[last] = value
    errors = list(jsonschema.Draft202012Validator(v2(Sample)["schemainput"]).iter_errors(request))
    assert keyword in [error.validator for error in errors]
    assert {"/".join(map(str, error.absolute_path)) for error in errors} == {
        path if keyword != "required" else path_of(path)
    }


def path_of(path: str) -> str:
    """Where a missing member is told: at its parent, or where the parent itself was replaced."""
    return path if path == "header" else path.rpartition("/")[0]


def test_the_sentence_of_a_field_and_its_schema_agree() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    fields: list[ParamField] = [
        StringParamField("k", 1, 3),
        StringParamField("k", enums=["a", "bb"]),
        StringParamField("k", 5, 3),
        NumberParamField("k", 1, 9),
        NumberParamField("k", -0.5, None),
        NumberParamField("k", enums=[0.5, 2]),
        IntegerParamField("k", 0.5, 7),
        IntegerParamField("k", enums=[1, 100]),
        BooleanParamField("k"),
    ]
    values = ["", "a", "bb", "abc", "abcd", 0, 1, 2, 7, 8, 9, 10, 100, 0.5, -0.5, -0.6, 1.25, True, False]
    for field in fields:
        schema = jsonschema.Draft202012Validator(field.constraints())
        for value in values:
            if isinstance(value, str) is (field.data_type == "string"):
                assert schema.is_valid(value) is (field.problem(value) is None), (field, value)


# --- OpenAPI ----------------------------------------------------------------------------------------------------------


class Sessions(Sample):
    def wrapperCreate(self, params: Json, sid: str) -> str:
        return sid


WRAPPERS = {
    "sample": Sample,
    "legacy": LegacySample(),
    "titles": type("Titles", (Sample,), {"is_aipaas": False}),
    "no defaults": type("Bare", (Sample,), {"keep_schema_default_value": False}),
    "sessions": Sessions,
    "empty": type("Empty", (), {"serviceId": "empty"}),
    "many routes": wrapper(route=["/a", "b", "/c/{id}"], version="v7"),
    "required without values": wrapper(
        StringParamField("s", 3, 5, required=True),
        StringParamField("e", enums=["only"], required=True),
        StringParamField("free", None, None, required=True),
        NumberParamField("n", 0.25, 0.5, required=True),
        IntegerParamField("i", 0.5, 7, required=True),
        IntegerParamField("negative", -9, -3.5, required=True),
        NumberParamField("rates", enums=[8000, 16000], required=True),
        BooleanParamField("b", required=True, default=None),
        StringBodyField("t", ""),
    ),
    "no value allowed": wrapper(StringParamField("s", 5, 3, value="abcd"), NumberParamField("n", 9, 1)),
    "payloads": wrapper(
        JsonBodyField("js", {"a": "中"}),
        JsonBodyField("empty"),
        JsonBodyField("broken", float("nan")),
        StringBodyField("gbk", "中", encoding="gbk", need_base64=True),
        StringBodyField("long", b"x" * 4097),
        StringBodyField("fits", b"x" * 4096),
        ImageBodyField("img", __file__),
        AudioBodyField("aud", encoding="opus"),
        accepts=(AudioBodyField("speech"), JsonBodyField("js")),
    ),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_openapi_validates(name: str) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    document = openapi(WRAPPERS[name])
    json.dumps(document, allow_nan=False)
    assert document["openapi"] == "3.0.3"
    validator.OpenAPIV30SpecValidator(document).validate()
    operations = [path["post"]["operationId"] for path in document["paths"].values()]
    assert len(operations) == len(set(operations)) > 0


@pytest.mark.parametrize("name", WRAPPERS)
def test_examples_keep_their_own_schemas(name: str) -> None:
    validator = pytest.importorskip("openapi_schema_validator").OAS30Validator
    for path in openapi(WRAPPERS[name])["paths"].values():
        operation = path["post"]
        for content in (operation["requestBody"]["content"], operation["responses"]["200"]["content"]):
            shown = content["application/json"]
            validator(shown["schema"]).validate(shown["example"])
        error = validator(operation["responses"]["default"]["content"]["application/json"]["schema"])
        assert error.is_valid({"header": {"code": 10107, "message": "no", "sid": "s"}, "payload": None})
        assert not error.is_valid({"header": {"code": 10107, "message": "no", "sid": "s"}, "payload": {}})


def post(each: Any) -> Json:
    (path,) = openapi(each)["paths"].values()
    found: Json = path["post"]
    return found


def test_the_request_is_schemainput_with_openapi_words() -> None:
    schema = post(Sample)["requestBody"]["content"]["application/json"]["schema"]
    words = json.loads(json.dumps(v2(Sample)["schemainput"]).replace('"defaultVal"', '"default"'))
    for name in ("uid", "device_id", "imei", "imsi", "mac", "net_type", "net_isp", "res_id"):
        del words["properties"]["header"]["default"][name]
    assert schema == words
    assert "null" not in json.dumps(schema)


def test_the_example_is_made_of_declared_values() -> None:
    shown = post(LegacySample)["requestBody"]["content"]["application/json"]["example"]
    assert shown["header"] == {"appid": "11", "status": 3}
    assert shown["parameter"]["sample"] == {
        "mode": "humming",
        "lang": "zh",
        "num": 5,
        "int": 3,
        "flag": True,
        "result": {"encoding": "utf8", "compress": "raw", "format": "plain", "data_type": "text"},
        "outimg": {"encoding": "jpg", "data_type": "image"},
    }
    data = {key: block[block["data_type"]] for key, block in shown["payload"].items()}
    assert base64.b64decode(data["text"]).decode() == "中文"
    assert json.loads(base64.b64decode(data["js"])) == {"a": 1}
    assert data["img"] == data["aud"] == "test"


def test_data_of_the_example_can_be_decoded() -> None:
    payload = post(WRAPPERS["payloads"])["requestBody"]["content"]["application/json"]["example"]["payload"]
    data = {key: base64.b64decode(block[block["data_type"]], validate=True) for key, block in payload.items()}
    assert data["gbk"] == base64.b64encode("中".encode("gbk")), "what a local run sends"
    assert data["long"] == b"value" and data["fits"] == b"x" * 4096
    assert data["empty"] == data["broken"] == b"{}"


def test_what_is_required_is_in_the_example() -> None:
    shown = post(WRAPPERS["required without values"])["requestBody"]["content"]["application/json"]["example"]
    expected = {"s": "xxx", "e": "only", "free": "x", "n": 0.25, "i": 1, "negative": -9, "rates": 8000, "b": False}
    assert shown["parameter"]["svc"] == expected


def test_the_reply_and_the_error_have_the_same_header() -> None:
    responses = post(Sample)["responses"]
    reply = responses["200"]["content"]["application/json"]["schema"]
    error = responses["default"]["content"]["application/json"]["schema"]
    assert list(reply["properties"]["header"]["properties"]) == ["code", "message", "sid", "status"]
    assert reply["properties"]["header"] == error["properties"]["header"]
    assert list(reply["properties"]["payload"]["properties"]) == ["result", "outimg"]


def test_paths_and_version() -> None:
    document = openapi(WRAPPERS["many routes"])
    assert list(document["paths"]) == ["/a", "/b", "/c/%7Bid%7D"]
    assert document["info"] == {"title": "svc", "version": "v7"}


def test_session_services_say_so() -> None:
    class OnceOnly(WrapperBase):
        serviceId = "svc"

    assert "x-aiges-websocket" not in post(Sample) and "x-aiges-websocket" not in post(OnceOnly())
    for each in (Sessions, Sessions(), SimpleNamespace(serviceId="svc", wrapperCreate=lambda params, sid: sid)):
        assert post(each)["x-aiges-websocket"]["method"] == "GET"
