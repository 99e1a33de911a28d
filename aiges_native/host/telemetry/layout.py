"""The telemetry page, byte for byte. Private to this project: ``LAYOUT_VERSION`` changes with every change here.

::

    header    512 words of 8 bytes; what each holds: ``Header``
    services  SERVICE_COUNT rows of 512 bytes; what each holds: ``Row``
    arena     records, one after the other, up to ``Header.USED``; none is ever changed or removed

Everything is in this machine's byte order. A value is 8 bytes at an address divisible by 8, so that no reader sees half
of one. Texts of rows, which do change, lie between two steps of a sequence counter; texts of records do not change.
Both carry a checksum: what a reader takes for text was written as this text, whatever order the processor stores in.

A record is::

    word 0    its length in words | what it is << 32 (FAMILY, SERIES or LABELS)
    word 1    length of its text in bytes | checksum << 32
    word 2    FAMILY: the kind of metric; SERIES: the index of its family; LABELS: 0
    text      padded with 0 to whole words
    values    SERIES only: as many words as VALUE_WORDS says for the kind

The text of a family is its name, its help and its label names, that of a series its label values, that of labels for
all metrics their names and values in turn, joined by NUL. Of several such records the last holds.
"""

from __future__ import annotations

from binascii import crc32

LAYOUT_VERSION = 2
MAGIC = int.from_bytes(b"aighostp", "little")
WORD = 8
TEXT_END = b"\0"

PAGE_BYTES = 1 << 20
HEADER_WORDS = 512
SERVICE_COUNT = 64
ROW_WORDS = 64
ARENA_AT = HEADER_WORDS + SERVICE_COUNT * ROW_WORDS  # in words, as all positions here


class Header:
    """Words of the header. Times are CLOCK_MONOTONIC in ns; 0: not yet, or not so."""

    MAGIC = 0  # stored last
    LAYOUT = 1
    BYTES = 2
    PID = 3  # of the process that writes
    STARTED = 4
    HEARTBEAT = 5  # when the event loop last ran
    DRAINING = 6  # since when
    CONFIG_LOADED = 7
    STALL_AFTER = 8  # ns
    GIL_STALL = 9  # ns
    EXIT_ON_WEDGE = 10  # 0 or 1
    SERVICES = 11  # rows in use
    USED = 12  # words of the arena in use
    REFUSED = 13  # series for which there was no room
    HIDDEN = 14  # 0 or 1: metrics are for nobody


class Row:
    """Words of a service's row. Times are CLOCK_MONOTONIC in ns; 0: not so."""

    SEQUENCE = 0  # odd while the texts are written
    STATE = 1  # index in STATES
    SINCE = 2
    TEXT = 3  # length of the name | of the reason << 16 | checksum of both << 32
    SLOTS = 4  # how many there are
    BUSY = 5
    LOST = 6
    FULL_SINCE = 7  # no slot is free
    OVERDUE_SINCE = 8  # every slot is past its deadline
    NAME_AT = 16
    NAME_BYTES = 64
    REASON_AT = 24
    REASON_BYTES = 320


#: What a service can be; the place in this list is what the page holds.
STATES = ("loading", "ready", "busy", "stalled", "wedged", "dead", "draining")
LOADING, READY, BUSY, STALLED, WEDGED, DEAD, DRAINING = STATES

FAMILY = 1
SERIES = 2
LABELS = 3

COUNTER = 1  # whole number that grows
GAUGE = 2  # float
HISTOGRAM = 3  # durations: their sum in ns, then a count for each bucket
INFO = 4  # labels without a value
UNTYPED = 5  # whole number, added to

BUCKET_COUNT = 160
VALUE_WORDS = {COUNTER: 1, GAUGE: 1, HISTOGRAM: 1 + BUCKET_COUNT, INFO: 1, UNTYPED: 1}


def checksum(text: bytes, first: int = 0, third: int = 0) -> int:
    """Checksum (32 bits) of a text; of a record's together with the words around it."""
    return crc32(text, (first ^ third) & 0xFFFFFFFF)


def cut(text: str, limit: int) -> bytes:
    """UTF-8 of ``text`` without NUL, at most ``limit`` bytes, cut before a character and not inside one."""
    data = text.replace("\0", " ").encode("utf-8", "replace")
    return data if len(data) <= limit else data[:limit].decode("utf-8", "ignore").encode()
