"""The fields of a wrapper, found on its ``requestCls`` and ``responseCls``."""

from __future__ import annotations

from aiges_native.sdk.fields.field import Field
from aiges_native.sdk.fields.param import ParamField
from aiges_native.sdk.fields.payload import PayloadField

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeVar

    F = TypeVar("F", bound=Field)


class Fields:
    """``inputs`` and ``accepts`` (payloads of request and response) and ``params``, in the order of declaration."""

    __slots__ = ("_strays", "accepts", "inputs", "params")

    def __init__(
        self,
        inputs: list[PayloadField],
        accepts: list[PayloadField],
        params: list[ParamField],
        strays: list[str] | None = None,
    ) -> None:
        self.inputs = inputs
        self.accepts = accepts
        self.params = params
        self._strays = strays or []

    def __repr__(self) -> str:
        return f"<Fields inputs={self.inputs} accepts={self.accepts} params={self.params}>"

    def mappings(self) -> dict[str, dict[str, Field]]:
        """``inputs``, ``accepts`` and ``params`` as dicts key -> field; of equal keys the last field counts."""
        return {
            name: {field.key: field for field in fields}
            for name, fields in (("inputs", self.inputs), ("accepts", self.accepts), ("params", self.params))
        }

    def findings(self) -> list[str]:
        """Everything wrong with the content of the declarations, one sentence each: of every field, then between them.

        Test values are looked at where they are used: a file named by a response may be missing.
        """
        found = [sentence for field in self.inputs + self.params for sentence in field.findings()]
        found += [sentence for field in self.accepts for sentence in field.form_findings()]
        found += self._strays
        found += _duplicates("inputs", self.inputs) + _duplicates("params", self.params)
        found += _duplicates("accepts", self.accepts)
        return found + self._clashes()

    def _clashes(self) -> list[str]:
        """Keys that cannot be told apart in a request, or never arrive."""
        accepts = {field.key for field in self.accepts}
        found = [
            f"'{field.key}' is a param and an accept: where a request describes its outputs, one hides the other"
            for field in self.params
            if field.key in accepts
        ]
        if any(field.key == "sid" for field in self.params):
            found.append("param 'sid' never arrives: the session's own 'sid' is written there; use another key")
        found += [
            f"input '{field.key}' never arrives: keys that begin with 'aiges.' are dropped; use another key"
            for field in self.inputs
            if field.key.startswith("aiges.")
        ]
        return found


def last_of_each_key(fields: Sequence[F]) -> list[F]:
    """Without the fields whose key a later one takes; that one stands at the place of the first."""
    return list({field.key: field for field in fields}.values())


def collect(wrapper: object) -> Fields:
    """The fields of a wrapper: an instance or a class, of any base, or a module.

    ``requestCls`` and ``responseCls`` may be instances, classes, or missing. Fields are class attributes over the whole
    MRO, base first, in the order of definition, an override keeping the place of what it overrides; then attributes of
    the instance. Payloads of the request are inputs, payloads of the response accepts, params of the request params.
    """
    request, response = getattr(wrapper, "requestCls", None), getattr(wrapper, "responseCls", None)
    return Fields(
        _of_kind(request, PayloadField),
        _of_kind(response, PayloadField),
        _of_kind(request, ParamField),
        [*_strays("requestCls", request), *_strays("responseCls", response)],
    )


class Mappings:
    """A class attribute that reads as :meth:`Fields.mappings` of the instance or class it is read from."""

    def __get__(self, instance: object | None, owner: type | None = None) -> dict[str, dict[str, Field]]:
        return collect(owner if instance is None else instance).mappings()


def _attributes(holder: object) -> dict[str, object]:
    """Class attributes over the MRO, then those of the instance; ``dict.update`` keeps the place of an override."""
    found: dict[str, object] = {}
    kind = holder if isinstance(holder, type) else type(holder)
    for base in reversed(kind.__mro__):
        found.update(vars(base))
    if holder is not kind:
        found.update(getattr(holder, "__dict__", {}))
    return found


def _of_kind(holder: object, kind: type[F]) -> list[F]:
    # A field whose own __init__ never set a key has no name on the wire; _strays tells of it.
    return [value for value in _attributes(holder).values() if isinstance(value, kind) and value.key]


def _duplicates(noun: str, fields: Sequence[Field]) -> list[str]:
    keys = [field.key for field in fields]
    return [
        f"{keys.count(key)} {noun} have the key '{key}', expected one; only the last counts"
        for key in dict.fromkeys(keys)
        if keys.count(key) > 1
    ]


def _strays(name: str, holder: object) -> Iterator[str]:
    """What looks like a field on ``name`` and is none."""
    for attribute, value in _attributes(holder).items():
        if isinstance(value, type) and issubclass(value, Field):
            yield f"{name}.{attribute} is the class {value.__name__}, not a field; write {value.__name__}(key=...)"
        elif not isinstance(value, Field):
            continue
        elif not value.key:
            yield f"{name}.{attribute} has no key; call super().__init__(key, ...) in {type(value).__name__}"
        elif not isinstance(value, (ParamField, PayloadField)):
            yield f"{name}.{attribute} is a bare {type(value).__name__}; derive it from ParamField or PayloadField"
        elif name == "responseCls" and isinstance(value, ParamField):
            yield f"param '{value.key}' on responseCls is not used; params belong on requestCls"
