"""Nothing stays behind a call: no object, no byte of the heap, and nothing that a silent host gave back."""

from __future__ import annotations

import os

import pytest

SANITIZED = "san.so" in os.environ.get("LD_PRELOAD", "")
CALLS = 20_000 if SANITIZED else 200_000


@pytest.mark.parametrize("what", ["exec", "session", "async"])
def test_calls_leave_nothing(drive, what):
    assert drive("leaks", "echoes", what, CALLS).stderr.count("\n") == 1


def test_failed_creates_leave_nothing(drive):
    drive("leaks", "echoes", "create-fail", 20_000, "log.level=off")


def test_failed_calls_leave_nothing(drive):
    drive("leaks", "echoes", "fail", 4_000, "log.level=off")


@pytest.mark.skipif(SANITIZED, reason="a sanitizer keeps freed memory")
def test_what_a_silent_host_gave_back_is_freed_without_another_call(drive):
    drive("silent", "echoes")
