"""Mapping memory of another process: only what cannot shrink, only for reading."""

from __future__ import annotations

import fcntl
import mmap
import os


class NotAPageError(ValueError):
    """The descriptor is no page that this version of the package can read."""


def map_sealed(fd: int, size: int | None, what: str) -> memoryview:
    """Maps the memory behind ``fd``, which stays the caller's.

    Raises NotAPageError if it could shrink (its readers would end with SIGBUS), or if it has not ``size`` bytes, which
    None leaves open.
    """
    try:
        seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
        found = os.fstat(fd).st_size
    except (OSError, ValueError) as error:
        raise NotAPageError(f"descriptor {fd} is no {what}: {error}") from None
    if not seals & fcntl.F_SEAL_SHRINK:
        raise NotAPageError(f"descriptor {fd} is no {what}: it is not sealed against shrinking")
    if (size is not None and found != size) or found < mmap.PAGESIZE or found % mmap.PAGESIZE:
        raise NotAPageError(f"descriptor {fd} is no {what}: found {found} bytes, expected {size or 'whole pages'}")
    return memoryview(mmap.mmap(fd, found, prot=mmap.PROT_READ))
