"""Names of sessions, as clients see them."""

from __future__ import annotations

import os
import time
from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: Random bits are fetched for this many names at once: a system call for each would cost more than all the rest.
BATCH = 256

_VERSION_MASK = int.from_bytes(bytes.fromhex("ffffffffffff0fff3fffffffffffffff") * BATCH, "big")
_VERSION_BITS = int.from_bytes(bytes.fromhex("00000000000040008000000000000000") * BATCH, "big")


class Uuids:
    """Random UUIDs (RFC 9562, version 4) as texts of 36 characters: ``next(uuids)``.

    One per process, made after any fork; to be used by one thread.
    """

    def __init__(self) -> None:
        self._names: Iterator[str] = iter(())

    def __iter__(self) -> Uuids:
        return self

    def __next__(self) -> str:
        for name in self._names:
            return name
        self._names = iter(_batch())
        return next(self._names)


def _batch() -> list[str]:
    bits = int.from_bytes(os.urandom(16 * BATCH), "big") & _VERSION_MASK | _VERSION_BITS
    text = bits.to_bytes(16 * BATCH, "big").hex()
    parts = (text[start : start + 32] for start in range(0, 32 * BATCH, 32))
    return [f"{part[:8]}-{part[8:12]}-{part[12:16]}-{part[16:20]}-{part[20:]}" for part in parts]


class StreamSids:
    """Names of streams, 32 characters: ``<sub:3><pid:4x><n:4x>@<location:2><ms:11x><ip:4x><port:2>2``: ``next(sids)``.

    ``sub`` (three characters) names the product line, ``location`` (two) the place; shorter texts are filled up,
    longer ones cut. Of ``ip`` (IPv4; anything else counts as 0.0.0.0) the last two bytes are kept, of ``port`` the
    first two digits. The names of one process differ for 65,536 streams within one millisecond.
    """

    def __init__(self, sub: str = "ase", location: str = "lo", ip: str = "127.0.0.1", port: int = 0) -> None:
        self._start = f"{sub:_<3.3}{os.getpid() & 0xFFFF:04x}"
        self._location = f"{location:_<2.2}"
        self._end = f"{_low_bytes(ip):04x}{f'{port:02d}':.2}2"
        self._numbers = count()

    def __iter__(self) -> StreamSids:
        return self

    def __next__(self) -> str:
        number = next(self._numbers) & 0xFFFF
        return f"{self._start}{number:04x}@{self._location}{time.time_ns() // 1_000_000:011x}{self._end}"


def _low_bytes(ip: str) -> int:
    numbers = ip.split(".")
    if len(numbers) != 4 or not all(number.isdecimal() and int(number) < 256 for number in numbers):
        return 0
    return int(numbers[2]) << 8 | int(numbers[3])
