"""The Python reader of libaiges' statistics page, against what the library says of itself."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import aiges_native
from aiges_native.host.telemetry import NativeStats, buckets, native_stats, render

ROOT = Path(__file__).resolve().parents[2]


NAME = "counted_here"  # other tests of this process may have left engines open


@pytest.fixture
def wrapper(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "library" / "echo_py", tmp_path / NAME)) / "wrapper.py"


@pytest.fixture
def engine(wrapper: Path) -> Iterator[aiges_native.Engine]:
    with aiges_native.open(wrapper) as engine:
        yield engine


def of_ours() -> list[native_stats.EngineStats]:
    return [each for each in NativeStats(aiges_native.stats_fd()).engines() if each.name == NAME]


def engine_stats() -> native_stats.EngineStats:
    (found,) = of_ours()
    return found


def test_the_page_says_what_the_engine_says(engine: aiges_native.Engine) -> None:
    for _ in range(50):
        engine.exec(b"hello")
    threads = [threading.Thread(target=engine.exec, args=(b"x" * 1000,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found, said = engine_stats(), engine.stats()
    sums = found.sums
    assert {
        "calls": found.calls,
        "failures": sums[native_stats.FAILURES],
        "in_flight": found.in_flight,
        "sessions": found.sessions,
        "bytes_in": sums[native_stats.BYTES_IN],
        "bytes_out": sums[native_stats.BYTES_OUT],
        "bytes_copied": sums[native_stats.BYTES_COPIED],
        "gil_wait_ns": sums[native_stats.GIL_WAIT_NS],
        "total_ns": sums[native_stats.TOTAL_NS],
        "histogram": {buckets.bucket_ns(n): count for n, count in enumerate(found.histogram) if count},
    } == said
    assert said["calls"] == 55


def test_open_sessions_are_counted(engine: aiges_native.Engine) -> None:
    session = engine.create()
    assert engine_stats().sessions == engine.stats()["sessions"] == 1
    session.close()
    assert engine_stats().sessions == 0


def test_a_slot_of_another_engine_begins_at_nothing(wrapper: Path) -> None:
    for _ in range(native_stats.SLOTS + 2):  # until slots are used again
        with aiges_native.open(wrapper) as engine:
            engine.exec(b"x")
            assert engine_stats().calls == 1
    assert of_ours() == []


def test_metrics_carry_the_labels_of_their_process(engine: aiges_native.Engine) -> None:
    pytest.importorskip("prometheus_client")
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    engine.exec(b"hello")
    accept = "application/openmetrics-text"
    body = render([NativeStats(aiges_native.stats_fd(), {"worker": "3"})], accept)[0].decode()
    families = {family.name: family for family in text_string_to_metric_families(body)}
    assert set(families) == {
        "aiges_engine_calls",
        "aiges_engine_call_seconds",
        "aiges_engine_calls_running",
        "aiges_gil_wait_seconds",
        "aiges_copied_bytes",
    }
    for family in families.values():
        assert all(sample.labels["worker"] == "3" for sample in family.samples)
        assert any(sample.labels["engine"] == NAME for sample in family.samples)


def test_the_layout_is_that_of_the_header() -> None:
    header = ROOT / "csrc" / "stats" / "layout.hpp"
    if not header.exists():
        pytest.skip("no source tree")
    text = header.read_text(encoding="utf-8")
    numbers = dict(re.findall(r"constexpr uint32_t (k\w+) = (\d+);", text))
    assert int(numbers["kLayoutVersion"]) == native_stats.LAYOUT_VERSION
    assert int(numbers["kSlotCount"]) == native_stats.SLOTS
    assert int(numbers["kShardCount"]) == native_stats.SHARDS
    assert int(numbers["kCounterRoom"]) == native_stats.COUNTERS
    assert f"sizeof(Shard) == {native_stats.SHARD_BYTES}" in text
    assert f"{native_stats.MAGIC:#018x}" in text.replace("UINT64_C(0x", "0x").replace(")", " ")
