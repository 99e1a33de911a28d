"""Schema files: what is read out of them, what is wrong with them and where, what they say of requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastjsonschema")

from host.schemas import block, schema

from aiges_native.host.fronts.documents import declared_openapi
from aiges_native.host.schema import Block, SchemaError, SchemaFile
from aiges_native.host.schema.checks import Check
from aiges_native.host.schema.document import shown
from aiges_native.host.schema.example import example_of

SAMPLES = Path(__file__).parents[1] / "unit" / "samples"


def written(folder: Path, content: Any) -> Path:
    path = folder / "s.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def read(folder: Path, content: Any, **how: Any) -> SchemaFile:
    return SchemaFile.read(written(folder, content), **how)


def refused(folder: Path, content: Any) -> str:
    path = written(folder, content)
    with pytest.raises(SchemaError) as caught:
        SchemaFile.read(path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value).removeprefix(str(path))


def taking(part: Any, **more: Any) -> dict[str, Any]:
    """A file whose requests have this payload."""
    return {"schemainput": {"properties": {"payload": part}, **more}}


# --- what it says -----------------------------------------------------------------------------------------------------


def test_what_a_file_declares(tmp_path: Path) -> None:
    file = read(tmp_path, schema())
    assert (file.service_id, file.version, file.routes) == ("speak", "v2", ("/v2/speak", "/say"))
    assert file.inputs == (Block("data", 0), Block("aud", 1)) and file.outputs == (Block("data", 0),)
    assert file.numbers == {"status"}


@pytest.mark.parametrize("name", ["schema_legacy.json", "schema_v2.json"])
def test_schemas_of_aiges(name: str) -> None:
    file = SchemaFile.read(SAMPLES / name)
    assert (file.service_id, file.version, file.routes) == ("sample", "v1", ("/v1/private/sample",))
    inputs = dict(file.inputs or ())
    assert inputs.pop("js", 0) == 0 and inputs == {"img": 2, "text": 0, "aud": 1}
    assert dict(file.outputs or ()) == {"result": 0, "outimg": 2} and "status" in file.numbers


def test_a_file_may_say_little(tmp_path: Path) -> None:
    file = read(tmp_path, b'\xef\xbb\xbf{"schemainput": {}}')
    assert (file.service_id, file.version, file.routes, file.inputs, file.outputs) == ("", "", (), None, None)
    assert file.checks.whole({"anything": 1}) == [] and not file.numbers


@pytest.mark.parametrize(
    ("properties", "told", "found"),
    [
        ({"video": {}}, {}, 3),
        ({"other": {}, "encoding": {}}, {}, 4),
        ({"encoding": {}}, {"dataType": "image"}, 2),
        ({"text": {}, "audio": {}}, {"dataType": "audio"}, 1),
        ({"audio": {}}, {"dataType": "text"}, 1),
    ],
)
def test_types_of_blocks(properties: Any, told: Any, found: int, tmp_path: Path) -> None:
    content = taking({"properties": {"a": {"properties": properties}}})
    content["meta"] = {"serviceId": "s", "s": {"input": {"a": told}}}
    assert read(tmp_path, content).inputs == (Block("a", found),)


def test_numbers_are_those_that_no_output_has_as_text(tmp_path: Path) -> None:
    blocks = {"a": block("text", seq={"type": "integer"}), "b": block("text", seq={"type": "string"})}
    outputs = {"properties": {"payload": {"properties": blocks}}}
    assert read(tmp_path, schema(schemaoutput=outputs)).numbers == {"status"}


# --- what is wrong with it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ":1: no JSON: expecting value"),
        (b'{\n"a": 1,\n}', ":3: no JSON"),
        (b"\xff", ": byte 0 is no UTF-8"),
        (b'{"a": NaN}', ": no JSON: NaN is no number of JSON"),
        (b"[" * 100_000, ": it is nested too deeply"),
        ([], ": /: value must be object"),
        ({}, ": /schemainput: value is missing, and is required"),
        ({"schemainput": True}, ": /schemainput: value must be object"),
        ({"schemainput": {"type": "text"}}, ": /schemainput/type: value must be one of ['array', "),
        ({"schemainput": {"type": ["null", "x"]}}, ": /schemainput/type/1: value must be one of"),
        (taking({"maxLength": "5"}), ": /schemainput/properties/payload/maxLength: value must be integer"),
        (taking({"required": ["a", 5]}), ": /schemainput/properties/payload/required/1: value must be string"),
        (taking({"pattern": "("}), ": /schemainput/properties/payload/pattern: value must be a valid regex"),
        (taking({"allOf": [{}, {"enum": 5}]}), ": /schemainput/properties/payload/allOf/1/enum: value must be array"),
        (taking({"items": [{"minimum": "0"}]}), ": /schemainput/properties/payload/items/0/minimum: value must be"),
        (taking({"prefixItems": []}), ": /schemainput/properties/payload/prefixItems: value must not be there"),
        (
            taking({"properties": {"a/b.c": {"type": 5}}}),
            ": /schemainput/properties/payload/properties/a~1b.c/type: value must be one of",
        ),
        (taking({"$ref": "#/definitions/x"}), ": /schemainput/properties/payload/$ref: there is no '#/definitions/x'"),
        (taking({"$ref": "http://localhost:9/x"}), ": /schemainput: $ref 'http://localhost:9/x' is another document"),
        (taking({"$ref": "other.json#/x"}), ": /schemainput: $ref 'other.json' is another document"),
        (taking({"$ref": "file:/etc/hostname"}), ": /schemainput: $ref 'file:"),
        (
            taking({"properties": {"a": {"properties": {}}}}),
            ": /schemainput/properties/payload/properties/a: expected one data field (text, audio, ",
        ),
        (
            taking({"properties": {"a": True}}),
            ": /schemainput/properties/payload/properties/a: expected one data field",
        ),
        (schema(meta={"route": []}), ": /meta/route: value must contain at least 1 items"),
        (schema(meta={"serviceId": ""}), ": /meta/serviceId: value must be longer"),
        (schema(schemaoutput={"$ref": "#/x"}), ": /schemaoutput/$ref: there is no '#/x' in schemaoutput"),
    ],
)
def test_faults_and_their_places(content: Any, said: str, tmp_path: Path) -> None:
    assert refused(tmp_path, content).startswith(said)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.json", "no such file or directory"), (tmp_path, "is a directory")):
        with pytest.raises(SchemaError) as caught:
            SchemaFile.read(path)
        assert str(caught.value) == f"{path}: {why}"


# --- what it says of requests -----------------------------------------------------------------------------------------


def problems(schema: Any, value: Any, every: bool = True) -> list[tuple[str, ...]]:
    return [names for names, _ in Check(schema, every=every)(value)]


def test_places_are_exact_whatever_keys_hold() -> None:
    number = {"type": "number"}
    odd = {"properties": {"a.b": {"properties": {"c": number}}, "a": {"properties": {"b.c": number, "b": number}}}}
    assert problems(odd, {"a.b": {"c": "x"}}) == [("a.b", "c")]
    assert problems(odd, {"a": {"b.c": "x"}, "a.b": {}}) == [("a", "b.c")]
    assert problems(odd, {"a": {"b": "x"}}) == [("a", "b")]
    for key in ("{x}", "[0]", 'q"', "it's", "line\nend", "\\n", "ä", "", " "):
        assert problems({"properties": {key: number}}, {key: "x"}) == [(key,)], key
        assert problems({"required": [key]}, {}) == [(key,)]
        assert problems({"additionalProperties": number}, {key: "x"}) == [(key,)]
    assert problems({"properties": {"a": {"items": {"properties": {"b": number}}}}}, {"a": [{}, {"b": ""}]}) == [
        ("a", "1", "b")
    ]
    refers = {"definitions": {"n": {"properties": {"x": number}}}, "properties": {"a": {"$ref": "#/definitions/n"}}}
    assert problems(refers, {"a": {"x": ""}}) == [("a", "x")]


def test_the_first_problem_or_all_of_them() -> None:
    two = {"properties": {"a": {"type": "number"}, "b": {"type": "number"}}}
    assert problems(two, {"a": "", "b": ""}) == [("a",), ("b",)]
    assert problems(two, {"a": "", "b": ""}, every=False) == [("a",)]


def test_sentences_are_short_and_values_stay_as_they_are() -> None:
    closed = Check({"properties": {"a": {"default": 5}}, "additionalProperties": False})
    value = {"x" * 1000: 1}
    ((_, sentence),) = closed(value)
    assert len(sentence) < 250 and value == {"x" * 1000: 1}


def test_formats_are_checked() -> None:
    assert problems({"format": "date"}, "2024-02-30") == [()] and problems({"format": "date"}, "2024-02-29") == []


def test_only_the_payload_of_later_frames_counts(tmp_path: Path) -> None:
    checks = read(tmp_path, schema()).checks
    late = {"payload": {"aud": {"audio": "", "sample_rate": 7}}}
    assert [names for names, _ in checks.payload(late)] == [("payload", "aud", "sample_rate")]
    assert [names for names, _ in checks.whole({})] == [("parameter",)] and checks.payload({}) == []


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("echo.upper", "1", 1),
        ("echo.upper", "one", "one"),
        ("echo.upper", "[1]", "[1]"),
        ("level", "0.5", 0.5),
        ("mode", "1", "1"),
        ("free", "1", "1"),
    ],
)
def test_parameters_that_come_as_text(name: str, text: str, value: Any, tmp_path: Path) -> None:
    found = read(tmp_path, schema()).checks.typed("speak", name, text)
    assert found == value and type(found) is type(value)


# --- what people see --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["schema_legacy.json", "schema_v2.json", ""])
def test_documents_are_valid_and_examples_can_be_sent(name: str, tmp_path: Path) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    file = SchemaFile.read(SAMPLES / name if name else written(tmp_path, schema()))
    asked, given = (shown(each, each) for each in (file.input_schema, file.output_schema))
    example = example_of(file)
    validator.validate(declared_openapi(("/a", "/b"), "svc", "v1", asked, given, example))
    assert file.checks.whole(example) == []
    assert set(example["payload"]) == {block.key for block in file.inputs or ()}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": "null"}, {"type": "object", "nullable": True, "enum": [None]}),
        ({"type": ["string", "array"]}, {"anyOf": [{"type": "string"}, {"type": "array", "items": {}}]}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"items": [{}, {}], "type": "array"}, {"type": "array", "items": {}}),
        ({"items": {"type": "string"}}, {"items": {"type": "string"}}),
        ({"const": 5}, {"enum": [5]}),
        ({"exclusiveMaximum": 5}, {"maximum": 5, "exclusiveMaximum": True}),
        ({"maximum": 5, "exclusiveMaximum": True}, {"maximum": 5, "exclusiveMaximum": True}),
        ({"required": []}, {}),
        ({"required": ["a", "a"]}, {"required": ["a"]}),
        ({"type": "string", "defaultVal": "x"}, {"type": "string", "default": "x"}),
        ({"type": "string", "default": 5}, {"type": "string"}),
        ({"maxLength": 2, "defaultVal": "long"}, {"maxLength": 2}),
        ({"defaultVal": {"a": None}}, {}),
        ({"allOf": [{"const": 1}, False], "not": {}}, {"allOf": [{"enum": [1]}, {"not": {}}], "not": {}}),
        ({"additionalProperties": {"const": 1}}, {"additionalProperties": {"enum": [1]}}),
        ({"patternProperties": {"^x": {}}, "if": {}, "examples": [1]}, {}),
        (True, {}),
    ],
)
def test_words_of_openapi(given: Any, found: Any) -> None:
    root = {"properties": {"a": given}}
    assert shown(root, root) == {"properties": {"a": found}}


def test_schemas_that_hold_themselves_are_shown_once() -> None:
    tree = {"properties": {"left": {"$ref": "#/definitions/tree"}, "right": {"$ref": "#/definitions/tree"}}}
    root = {"definitions": {"tree": tree, "round": {"$ref": "#/definitions/round"}}, "properties": {}}
    root["properties"] = {"a": {"$ref": "#/definitions/tree"}, "b": {"$ref": "#/definitions/round"}}
    assert shown(root, root) == {"properties": {"a": {"properties": {"left": {}, "right": {}}}, "b": {}}}
