"""Reads ``xtest.toml``, the file that xtest was driven by, with its keys and defaults.

Where files in the wild and xtest itself disagree, what was meant counts: ``sessMode`` and ``sliceOn`` may be booleans
(xtest takes ``sliceOn = true`` for off), ``interval`` is needed only where something is sliced, type ``other`` is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aiges_native.sdk.settings import SettingsError, as_text, flatten, read_settings

from .inputs import ORDERS, lines, one_document, read_source, sliced, whole
from .plan import KINDS, Expect, Plan, Stream
from .problem import LoadTestError, plan_error
from .quantity import MILLISECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Sections = dict[str, dict[str, Any]]

ONCE, STREAM, LINES, FILES = range(4)

#: Switches of xtest that have no meaning here, with what stands in their place.
IGNORED = {
    "inputCmd": "inputs are files: set inputSrc",
    "prometheus_switch": "figures are in the reports; a gate reads --json",
    "gpuMon": "memory and processor of the target are watched, GPUs are not",
}


@dataclass(frozen=True)
class XtestJob:
    """What a file asks for. ``plot_file``: where the plot of the resources goes, or None; ``notes``: what of the file
    is not done, a sentence each."""

    plan: Plan
    plot_file: Path | None
    notes: tuple[str, ...]


def read_xtest(path: Path, target: str | None = None) -> XtestJob:
    """The job of a file. ``target`` takes the place of ``taddrs``. Raises LoadTestError."""
    if not path.exists():
        raise plan_error(
            f"there is no file '{path}'", "aiges-native bench TARGET, or -f with the path of an xtest.toml"
        )
    try:
        sections = read_settings(path)
    except SettingsError as error:
        raise LoadTestError(*error.parts) from error
    return _Reader(path, sections).job(target)


class _Reader:
    def __init__(self, path: Path, sections: Sections) -> None:
        self._path = path
        self._sections = sections
        self._mode_section = sections.get("svcMode", {})

    def job(self, target: str | None) -> XtestJob:
        mode = self._session_mode()
        number, timeout = self._number, self._number("timeout", 1000) + self._number("timeLoss", 50)
        service = str(self._mode_section.get("svcId") or self._mode_section.get("service") or "AIservice")
        plan = Plan(
            target=target or self._address(mode, service),
            mode="once" if mode == ONCE else "stream",
            streams=tuple(self._stream(name, mode) for name in self._names("payload")),
            expects=tuple(self._expect(name) for name in self._names("expect")),
            header=self._texts("header"),
            params=self._texts("parameter"),
            service=service,
            users=number("multiThr", 100),
            count=number("loopCnt", 10000),
            duration=None,
            ramp=number("linearMs", 0) * MILLISECOND,
            timeout=timeout * MILLISECOND,
            keep_requests=self._switch("perfOn", False),
        )
        plot = Path(str(self._mode_section.get("plot_file") or "./log/line.png"))
        return XtestJob(plan.checked(), plot if self._switch("plot", True) else None, self._notes())

    # --- values ---

    def _number(self, key: str, default: int, section: str = "svcMode") -> int:
        value = self._sections.get(section, {}).get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self._error(f"{key} of [{section}] is {value!r}, not a whole number", f"{key} = {default}")
        return value

    def _switch(self, key: str, default: bool) -> bool:
        return self._truth(self._mode_section.get(key, default), "svcMode", key)

    def _truth(self, value: Any, section: str, key: str) -> bool:
        if isinstance(value, (bool, int)):
            return bool(value)
        if isinstance(value, str) and value.lower() in ("true", "false", "0", "1"):
            return value.lower() in ("true", "1")
        raise self._error(f"{key} of [{section}] is {value!r}, not a switch", f"{key} = true or false")

    def _session_mode(self) -> int:
        value = self._mode_section.get("sessMode", STREAM)
        if isinstance(value, (bool, int)) and int(value) in range(4):
            return int(value)
        raise self._error(f"sessMode is {value!r}", "0 once, 1 stream, 2 lines of a text, 3 files; or a boolean")

    def _texts(self, section: str) -> dict[str, str]:
        return {key: as_text(value) for key, value in flatten(self._sections.get(section, {}))}

    def _names(self, key: str) -> list[str]:
        names = [name.strip() for name in str(self._sections.get("data", {}).get(key, "")).split(";")]
        names = [name for name in names if name]
        if not names and key == "payload":
            raise self._error("[data] names no payload", 'payload = "data1" and a section [data1]')
        return names

    def _section(self, name: str) -> dict[str, Any]:
        if name not in self._sections:
            raise self._error(f"[data] names '{name}', and there is no section [{name}]", f"a section [{name}]")
        return self._sections[name]

    def _address(self, mode: int, service: str) -> str:
        text = str(self._sections.get("xtest", {}).get("taddrs", ""))
        address = text.split(",")[0].rpartition("@")[2].strip()
        if not address:
            raise self._error("[xtest] has no taddrs", 'taddrs = "AIservice@HOST:PORT", or TARGET before -f')
        return f"{'http' if mode == ONCE else 'ws'}://{address}/v1/private/{service}"

    # --- streams ---

    def _stream(self, name: str, mode: int) -> Stream:
        section = self._section(name)
        source = Path(str(section.get("inputSrc", "")))
        if not section.get("inputSrc"):
            raise self._error(f"[{name}] has no inputSrc", "the path of a file or a folder")
        if not source.exists() and (beside := self._path.parent / source).exists():
            source = beside
        order = ORDERS[self._number("file_sorted", 0) % len(ORDERS)]
        contents = read_source(source, order, str(self._mode_section.get("file_name_seq", "")))
        size, interval = self._number("sliceSize", 0, name), self._number("interval", 0, name) * MILLISECOND
        if mode == LINES:
            documents = lines(contents)
        elif mode == FILES:
            documents = one_document(contents)
        elif mode == STREAM and self._truth(section.get("sliceOn", 0), name, "sliceOn"):
            if size <= 0:
                raise self._error(f"[{name}] is sliced, and sliceSize is {size}", "sliceSize = 1280")
            documents = sliced(contents, size)
        else:
            documents = whole(contents)
        return Stream(str(section.get("name", name)), self._kind(name), documents, self._describe(name), interval)

    def _expect(self, name: str) -> Expect:
        return Expect(str(self._section(name).get("name", name)), self._kind(name), self._describe(name))

    def _kind(self, name: str) -> str:
        kind = str(self._section(name).get("type", ""))
        if kind not in KINDS:
            raise self._error(f"[{name}] is of type '{kind}'", f"one of {', '.join(KINDS)}")
        return kind

    def _describe(self, name: str) -> dict[str, str]:
        pairs = (word.partition("=") for word in str(self._section(name).get("describe", "")).split(";"))
        return {key.strip(): value.strip() for key, equals, value in pairs if equals}

    # --- words ---

    def _notes(self) -> tuple[str, ...]:
        notes = [
            f"{key} has no effect: {instead}"
            for key, instead in IGNORED.items()
            if self._mode_section.get(key) not in (None, False, 0)
        ]
        if self._sections.get("downstream", {}).get("output", -1) != -1:
            notes.append("[downstream] has no effect: results are counted, not written")
        return tuple(notes)

    def _error(self, why: str, cure: str) -> LoadTestError:
        return LoadTestError(f"plan the load test of '{self._path}'", why, cure)
