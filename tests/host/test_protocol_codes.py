"""Codes and session names."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import uuid

import pytest

from aiges_native.host.protocol import (
    OUTCOMES,
    ProtocolError,
    StreamSids,
    Uuids,
    close_code,
    close_reason,
    engine_message,
    http_status,
    outcome,
    wants_retry_after,
)

STATUSES = {
    0: 200, 10000: 400, 10001: 400, 10002: 500, 10003: 500, 10004: 500, 10008: 404, 10009: 400, 10010: 502, 10011: 502,
    10012: 502, 10013: 504, 10019: 408, 10041: 500, 10101: 410, 10102: 504, 10103: 500, 10104: 409, 10105: 409,
    10106: 502, 10107: 400, 10109: 502, 10110: 503, 10114: 504, 10160: 500, 10163: 400, 10300: 500, 10400: 500,
    10401: 400, 10402: 500, 10600: 501, 10901: 500, 10905: 500, 10907: 500, 10908: 500, 10909: 500, 10910: 500,
    20001: 500, -20150: 503, -20151: 503, -20152: 429, -20153: 503, -20154: 500, -20155: 413, -20156: 401, -20157: 499,
}  # fmt: skip

CLOSES = {
    0: 1000, -20157: 1000, -20150: 1001, 10000: 1007, 10001: 1007, 10107: 1007, 10009: 1007, 10163: 1007, 10202: 1007,
    -20156: 1008, 10102: 1008, 10114: 1008, 10019: 1008, -20155: 1009, 10908: 1011, 10109: 1011, 10106: 1011,
    -20154: 1011, 10110: 1013, -20151: 1013, -20152: 1013, -20153: 1013, 12345: 1011,
}  # fmt: skip


@pytest.mark.parametrize(("code", "status"), STATUSES.items())
def test_http_statuses(code: int, status: int) -> None:
    assert code in OUTCOMES
    assert http_status(code) == status
    assert http_status(code, legacy=True) == (500 if code else 200)


@pytest.mark.parametrize(("code", "close"), CLOSES.items())
def test_close_codes(code: int, close: int) -> None:
    assert close_code(code) == close
    assert close_code(code, compat=True) == 1000
    assert len(close_reason(code)) <= 123 and str(code) in close_reason(code)


def test_an_engines_own_code_is_its_failure() -> None:
    assert repr(outcome(-7)) == "Outcome(status=500, close=1011, grpc='INTERNAL', retryable=False)"
    assert engine_message("no model", -7) == "no model;code=-7"


def test_what_may_be_tried_again() -> None:
    again = {code for code, known in OUTCOMES.items() if known.retryable}
    assert again == {10109, 10110, -20150, -20151, -20152, -20153}
    assert {code for code in OUTCOMES if wants_retry_after(code)} == again - {10109}


def test_the_error() -> None:
    error = ProtocolError(10107, "found an array", "/header/appid")
    assert str(error) == "found an array at /header/appid (code 10107)"
    assert error.outcome is OUTCOMES[10107]
    assert str(ProtocolError(10000, "m")) == "m (code 10000)"


def test_uuids() -> None:
    names = Uuids()
    made = [next(iter(names)) for _ in range(1000)]
    assert len(set(made)) == 1000
    for name in made:
        read = uuid.UUID(name)
        assert str(read) == name and read.version == 4 and read.variant == uuid.RFC_4122


def test_names_of_streams() -> None:
    sids = StreamSids("ase", "gz", "10.1.2.255", 8080)
    before, name, after = time.time() * 1000, next(iter(sids)), time.time() * 1000
    assert re.fullmatch(r"ase[0-9a-f]{4}0000@gz[0-9a-f]{11}02ff802", name) and len(name) == 32
    assert before - 1 <= int(name[14:25], 16) <= after
    assert len({next(sids) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("given", [("s", "", "::1", 0), ("longer", "where", "1.2.3.999", 65535), ("", "", "", 7)])
def test_names_of_streams_have_32_characters(given: tuple[str, str, str, int]) -> None:
    assert len(next(StreamSids(*given))) == 32


def test_hosts_and_wrappers_import_nothing_of_it() -> None:
    program = (
        "import sys, aiges_native, aiges_native.sdk; aiges_native.open; aiges_native.sdk.WrapperBase;"
        "print([name for name in sys.modules if name.startswith(('msgspec', 'pybase64', 'aiges_native.host'))])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"[]\n"
