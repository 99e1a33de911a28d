"""What the system says about a process: memory, processor time, descriptors, threads."""

from __future__ import annotations

import os

from .family import COUNTER, GAUGE, Family

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class ProcessStats:
    """The usual ``process_*`` metrics of the process ``pid``; none once it has ended."""

    def __init__(self, pid: int) -> None:
        self._root = f"/proc/{pid}"

    def collect(self) -> list[Family]:
        """The families of this moment."""
        try:
            return self._families()
        except (OSError, ValueError, IndexError):
            return []

    def _families(self) -> list[Family]:
        # What follows the name, which may hold anything: state is the 3rd field of the whole line.
        fields = self._read("stat").rpartition(")")[2].split()
        cpu = (int(fields[11]) + int(fields[12])) / _TICKS
        started = _boot_time() + int(fields[19]) / _TICKS
        found = [
            _single("process_cpu_seconds_total", COUNTER, "User and system time.", cpu),
            _single("process_virtual_memory_bytes", GAUGE, "Size of the address space.", int(fields[20])),
            _single("process_resident_memory_bytes", GAUGE, "Resident memory.", int(fields[21]) * _PAGE),
            _single("process_start_time_seconds", GAUGE, "Start, in seconds since 1970.", started),
            _single("process_threads", GAUGE, "Threads.", int(fields[17])),
            _single("process_max_fds", GAUGE, "Descriptors that may be open.", self._descriptor_limit()),
        ]
        try:
            count = len(os.listdir(f"{self._root}/fd"))  # noqa: PTH208 - pathlib would cost the monitor 1 MB
        except PermissionError:
            return found
        return [*found, _single("process_open_fds", GAUGE, "Descriptors that are open.", count)]

    def _read(self, name: str) -> str:
        with open(f"{self._root}/{name}", encoding="utf-8", errors="replace") as file:
            return file.read()

    def _descriptor_limit(self) -> float:
        line = next(line for line in self._read("limits").splitlines() if line.startswith("Max open files"))
        soft = line.split()[3]
        return float("inf") if soft == "unlimited" else int(soft)


def _single(name: str, kind: str, help: str, value: float) -> Family:
    family = Family(name, kind, help)
    family.add(value)
    return family


def _boot_time() -> int:
    with open("/proc/stat", encoding="ascii") as file:
        return int(next(line for line in file if line.startswith("btime")).split()[1])
