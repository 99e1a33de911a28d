"""What a schema is made of: who the service is, and its fields."""

from __future__ import annotations

from aiges_native.sdk.constants import Types
from aiges_native.sdk.fields import collect, last_of_each_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native.sdk.fields import PayloadField

#: Data types that have a payload block.
DESCRIBED = ("text", "image", "audio")

#: Names in ``meta`` beside which the service's own name stands.
TAKEN = {
    *("serviceId", "version", "route", "sub", "call", "call_type", "webgate_type", "hosts"),
    *("service", "routeKey"),
}


class Service:
    """A wrapper as its schemas see it. Everything is read by ordinary lookup, on an instance, a class or a module.

    ``name`` is ``service_id`` if one is given, else the wrapper's ``serviceId``. Errors: ValueError without either, and
    for a name that ``meta`` itself uses.
    """

    def __init__(self, wrapper: object, service_id: str | None = None) -> None:
        self.name = _name(wrapper, service_id)
        self.version = _text(wrapper, "version", "v1")
        self.sub = _text(wrapper, "sub", "ase")
        self.call = _text(wrapper, "call", "atmos")
        self.call_type = _number(wrapper, "call_type", 0)
        self.webgate_type = _number(wrapper, "webgate_type", 0)
        self.hosts = _texts(wrapper, "hosts", "api.xf-yun.com")
        self.route = _texts(wrapper, "route", f"/{self.version}/private/{self.name}")
        fields = collect(wrapper)
        self.inputs = _described(fields.inputs)
        self.accepts = _described(fields.accepts)
        self.params = last_of_each_key(fields.params)

    def routes(self) -> list[str]:
        """Every route, each once, beginning with a slash."""
        routes = [self.route] if isinstance(self.route, str) else self.route
        return list(dict.fromkeys("/" + route.lstrip("/") for route in routes))

    def data_types(self) -> dict[str, Any]:
        """``{"input": {key: {"dataType": name}}, "accept": ...}``"""
        return {
            "input": {field.key: {"dataType": kind(field)} for field in self.inputs},
            "accept": {field.key: {"dataType": kind(field)} for field in self.accepts},
        }


def kind(field: PayloadField) -> str:
    """``text``, ``image``, ``audio``, ``video``, or ``other``."""
    return Types.get(field.data_type, "other") if isinstance(field.data_type, int) else "other"


def _described(fields: list[PayloadField]) -> list[PayloadField]:
    return [field for field in last_of_each_key(fields) if kind(field) in DESCRIBED]


def _name(wrapper: object, service_id: str | None) -> str:
    name = service_id if service_id is not None else _text(wrapper, "serviceId", "")
    owner = (wrapper if isinstance(wrapper, type) else type(wrapper)).__name__
    if not name:
        raise ValueError(
            f"cannot make the schema of '{owner}': 'serviceId' is not set; add the line"
            f' `serviceId = "my-service"` to class {owner}'
        )
    if name in TAKEN:
        raise ValueError(
            f"cannot make the schema of '{owner}': serviceId '{name}' is a name that 'meta' uses itself; choose another"
        )
    return name


def _text(wrapper: object, name: str, default: str) -> str:
    """An attribute as str. Plain classes may use these names for methods and properties: those do not count."""
    value = getattr(wrapper, name, None)
    if isinstance(value, str) and value:
        return str(value)
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default


def _texts(wrapper: object, name: str, default: str) -> str | list[str]:
    value = getattr(wrapper, name, None)
    if not isinstance(value, (list, tuple)):
        return _text(wrapper, name, default)
    return [str(item) for item in value if isinstance(item, str) and item] or default


def _number(wrapper: object, name: str, default: int) -> int:
    text = _text(wrapper, name, "")
    return int(text) if text.isascii() and text.isdigit() else default
