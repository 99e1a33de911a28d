"""All of a wrapper's findings, in the order in which they would bite."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from types import ModuleType

from aiges_native._native.faults import LoadFault
from aiges_native.sdk.checking.finding import Finding, error, note, warning
from aiges_native.sdk.checking.methods import method_findings
from aiges_native.sdk.checking.source import missing_imports, undeclared_keys
from aiges_native.sdk.fields import collect
from aiges_native.sdk.runner import Target, UsageError, find_wrapper, load_target, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def check(wrapper: Any) -> list[Finding]:
    """The findings on a wrapper, given as an object or as the path of its file or folder.

    ``wrapperInit`` and the other methods are not called. What cannot be imported ends with that error.
    """
    return list(_findings(wrapper))


def _findings(wrapper: Any) -> Iterator[Finding]:
    yield from _other_distribution()
    if isinstance(wrapper, (str, os.PathLike)):
        target, findings = _load(Path(wrapper))
        yield from findings
        if target is None:
            return
    else:
        target = target_of(wrapper)
    yield note(f"found {target.name}")
    yield from method_findings(target.wrapper)
    yield from (warning(text) for text in collect(target.wrapper).findings())
    yield from _schemas(target.wrapper)
    tree = _parsed(target.file)
    if isinstance(tree, ast.Module):
        yield from undeclared_keys(target.wrapper, tree)
    if target.file is not None:
        yield from _requirements(target.file.parent)


def _load(path: Path) -> tuple[Target | None, list[Finding]]:
    try:
        file = find_wrapper(path)
    except UsageError as fault:
        return None, [error(str(fault))]
    tree = _parsed(file)
    if not isinstance(tree, ast.Module):
        return None, [error(str(tree))]
    missing = missing_imports(file, tree)
    if any(finding.level == "error" for finding in missing):
        return None, missing
    try:
        return load_target(file), missing
    except LoadFault as fault:
        return None, [*missing, error(str(fault))]


def _parsed(file: Path | None) -> ast.Module | str | None:
    """The syntax tree of a file, or why there is none."""
    if file is None:
        return None
    try:
        return ast.parse(file.read_bytes(), str(file))
    except SyntaxError as fault:
        return f"cannot read '{file}': line {fault.lineno}: {fault.msg}"
    except (OSError, ValueError) as fault:
        return f"cannot read '{file}': {fault}"


def _schemas(wrapper: Any) -> Iterator[Finding]:
    from aiges_native.sdk import schema

    if not getattr(wrapper, "serviceId", None):
        place = "module" if isinstance(wrapper, ModuleType) else "class"
        yield warning(f'the wrapper has no serviceId and so no schema: add serviceId = "NAME" to the {place}')
        return
    for name in ("legacy", "v2", "openapi"):
        try:
            getattr(schema, name)(wrapper)
        except Exception as fault:
            yield error(f"the schema '{name}' cannot be made: {type(fault).__name__}: {fault}")


def _other_distribution() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("aiges")
    except PackageNotFoundError:
        return
    yield warning(
        f"a distribution 'aiges' {found} is installed too; wrappers get ours all the same: pip uninstall aiges"
    )


def _requirements(folder: Path) -> Iterator[Finding]:
    for place in (folder / "requirements.txt", folder.parent / "requirements.txt"):
        if not place.is_file():
            continue
        for number, line in enumerate(place.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            name = line.split("#")[0].strip().lower()
            if name == "aiges" or name.startswith(("aiges=", "aiges>", "aiges<", "aiges~", "aiges[", "aiges ")):
                yield warning(
                    f"'{place}', line {number} installs another 'aiges': replace '{line.strip()}' by 'aiges-native'"
                )
        return
