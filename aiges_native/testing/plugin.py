"""The fixtures."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from aiges_native.testing.subject import Subject, wrapper_above


@pytest.fixture(scope="module")
def open_wrapper() -> Iterator[Callable[..., Subject]]:
    """``open_wrapper(path, config=None, timeout=60.0)`` opens a wrapper, which is closed with the test module."""
    with contextlib.ExitStack() as opened:

        def open_one(*args: object, **options: object) -> Subject:
            subject = Subject(*args, **options)  # type: ignore[arg-type]
            opened.callback(subject.close)
            return subject

        yield open_one


@pytest.fixture(scope="module")
def wrapper(request: pytest.FixtureRequest, open_wrapper: Callable[..., Subject]) -> Subject:
    """The wrapper of the project that the test file lies in."""
    return open_wrapper(wrapper_above(request.path, request.config.rootpath))
