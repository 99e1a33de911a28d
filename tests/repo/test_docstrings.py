"""Every public name says what it is."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

import aiges_native
from aiges_native import sdk, testing
from aiges_native.project import create, pack, settings


def public_names(module: ModuleType) -> list[str]:
    return list(getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")])


def undocumented(name: str, value: object) -> list[str]:
    """The name, and the public members of a class, that have no docstring of their own or of a base of ours."""
    if not (inspect.isclass(value) or inspect.isroutine(value)) or not (value.__module__ or "").startswith("aiges"):
        return []
    missing = [] if inspect.getdoc(value) else [name]
    if inspect.isclass(value):
        for member, found in vars(value).items():
            documented = inspect.isroutine(found) or isinstance(found, property) or inspect.isgetsetdescriptor(found)
            if documented and not member.startswith("_") and not _is_told(value, member):
                missing.append(f"{name}.{member}")
    return missing


def _is_told(cls: type, member: str) -> bool:
    """A plain attribute of a compiled class cannot have a docstring: that of its class names it."""
    return bool(inspect.getdoc(getattr(cls, member))) or f"``{member}``" in (cls.__doc__ or "")


@pytest.mark.parametrize("module", [aiges_native, sdk, testing, create, pack, settings], ids=lambda each: each.__name__)
def test_every_public_name_has_a_docstring(module):
    missing = [each for name in public_names(module) for each in undocumented(name, getattr(module, name))]
    assert module.__doc__ and not missing
