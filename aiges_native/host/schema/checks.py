"""JSON schemas as functions, compiled once; what a value breaks, and where."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache

from aiges_native.host.schema.errors import SchemaError
from aiges_native.host.schema.form import FORM
from aiges_native.host.schema.references import followed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    #: (names on the way to the value, sentence)
    Problem = tuple[tuple[str, ...], str]

#: Longer sentences are cut: they may list names that a client sent.
SENTENCE = 200

#: Of a schema, what its parts may refer to; the rest says what a whole request must be.
_SHARED = ("$schema", "$id", "id", "definitions", "$defs", "properties")


class Check:
    """A compiled schema: ``check(value)`` gives the problems of a value.

    ``every``: all that are found, else the first. Raises SchemaError: it cannot be compiled.
    """

    def __init__(self, schema: dict[str, Any], *, every: bool = False) -> None:
        import fastjsonschema

        self._wrong = (fastjsonschema.JsonSchemaValueException, fastjsonschema.JsonSchemaValuesException)
        try:
            self._run: Callable[[Any], object] = fastjsonschema.compile(
                deepcopy(schema),  # the compiler rewrites references in it
                handlers=_Nowhere(),
                use_default=False,
                fast_fail=not every,
            )
        except SchemaError:
            raise
        except RecursionError:
            raise SchemaError("it is nested too deeply") from None
        except Exception as error:  # of any kind: compilers of schemas meet what nobody foresaw
            raise SchemaError(str(error) or type(error).__name__) from error

    def __call__(self, value: Any) -> list[Problem]:
        try:
            self._run(value)
            return []
        except self._wrong as error:
            return [_problem(each, value) for each in getattr(error, "errors", (error,))]
        except RecursionError:  # a schema that holds itself goes as deep as the value
            return [((), "value is nested too deeply")]


class RequestChecks:
    """The checks of requests: ``whole`` of once requests and of the first frame of a stream, ``payload`` of later
    frames, of which only the payload counts."""

    def __init__(self, schema: dict[str, Any], *, every: bool = False) -> None:
        """``schema``: a ``schemainput``. Raises SchemaError."""
        self._schema = schema
        self.whole = Check(schema, every=every)
        self.payload = Check({name: schema[name] for name in _SHARED if name in schema}, every=every)

    def typed(self, service_id: str, name: str, text: str) -> Any:
        """A parameter that came as text, as the JSON value that the schema wants; the text if it is none."""
        part: Any = self._schema
        for step in ("parameter", service_id, name):
            part = followed(followed(part, self._schema).get("properties", {}).get(step), self._schema)
        kinds = part.get("type", "string")
        if "string" in kinds:
            return text
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return value if isinstance(value, (int, float)) else text


@cache
def form_check() -> Check:
    """The check of schema files."""
    return Check(FORM)


class _Nowhere(dict[str, "Callable[[str], Any]"]):
    """Handlers of references to other documents, whatever their scheme: none is read, from no place."""

    def __contains__(self, scheme: object) -> bool:
        return True

    def __missing__(self, scheme: str) -> Callable[[str], NoReturn]:
        return _refuse


def _refuse(uri: str) -> NoReturn:
    raise SchemaError(f"$ref '{uri}' is another document; put what it holds into definitions")


def _problem(error: Any, value: Any) -> Problem:
    """The place and the sentence of an error of fastjsonschema, which writes both in one text."""
    name: str = error.name or "data"
    path = _walk(name.removeprefix("data"), value) or ()
    if error.rule == "required" and isinstance(error.value, dict):
        missing = next((each for each in error.rule_definition or () if each not in error.value), None)
        if missing is not None:
            return (*path, missing), "value is missing, and is required"
    sentence = f"value {error.message.removeprefix(name).strip()}"
    return path, sentence if len(sentence) <= SENTENCE else sentence[:SENTENCE] + "…"


def _walk(rest: str, value: Any) -> tuple[str, ...] | None:
    """The names in ``.a.b[0]``. Names may hold dots and brackets themselves, so the value is asked which there are."""
    if not rest:
        return ()
    if rest[0] == "[" and isinstance(value, list):
        number, _, behind = rest[1:].partition("]")
        if number.isdecimal() and int(number) < len(value):
            found = _walk(behind, value[int(number)])
            return None if found is None else (number, *found)
    if rest[0] == "." and isinstance(value, dict):
        rest = rest[1:]
        for key in sorted((key for key in value if rest.startswith(key)), key=len, reverse=True):
            found = _walk(rest[len(key) :], value[key])
            if found is not None:
                return (key, *found)
    return None
