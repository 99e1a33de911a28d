"""The telemetry page: what is written comes out, as scrapers read it, whatever state the page is in."""

from __future__ import annotations

import asyncio
import math
import mmap
import os
import subprocess
import sys
import threading
import time

import pytest

from aiges_native.host.telemetry import (
    Counter,
    Gauge,
    Heart,
    Histogram,
    NativeStats,
    NotAPageError,
    Page,
    PageReader,
    ProcessStats,
    Telemetry,
    Verdict,
    buckets,
    layout,
    metrics,
    render,
)
from aiges_native.host.telemetry.exposition import OPENMETRICS, TEXT, content_type
from aiges_native.host.telemetry.family import Family
from aiges_native.host.telemetry.health import HostFacts, ServiceFacts, is_live, judge_host, judge_service
from aiges_native.host.telemetry.layout import Header, Row

SECOND = 10**9


@pytest.fixture
def page() -> Page:
    return Page()


def read(page: Page) -> dict[str, Family]:
    return {family.name: family for family in PageReader(page.fd).collect()}


# --- counting ---------------------------------------------------------------------------------------------------------


def test_what_is_counted_is_read(page: Page) -> None:
    telemetry = Telemetry(page, "1.2")
    requests = telemetry.requests.labels("ocr", "http", "once", "0")
    requests.add()
    requests.add(4)
    telemetry.sessions.labels("ocr", "open").set(3)
    telemetry.session_state("ocr", "open").add(-1)
    telemetry.request_seconds.labels("ocr", "http", "once").observe(5_000_000)
    telemetry.stage("ocr", "parse")(700)
    found = read(page)
    labels = 'service="ocr",transport="http",kind="once",code="0"'
    assert found["aiges_requests_total"].samples == [(labels, 5)]
    assert found["aiges_sessions"].samples == [('service="ocr",state="open"', 2.0)]
    counts, total = found["aiges_request_seconds"].samples[0][1]
    assert total == 5_000_000 and counts[buckets.bucket_of(5_000_000)] == sum(counts) == 1
    assert 'version="1.2"' in found["aiges_build_info"].samples[0][0]
    assert (requests.value, telemetry.session_state("ocr", "open").value) == (5, 2)


def test_every_declared_metric_can_be_used(page: Page) -> None:
    telemetry = Telemetry(page)
    tables = {**metrics.COUNTERS, **metrics.HISTOGRAMS, **metrics.GAUGES}
    for attribute, (name, help, labels, _) in tables.items():
        instrument = getattr(telemetry, attribute).labels(*labels)
        assert isinstance(instrument, (Counter, Gauge, Histogram))
        assert help.endswith(".")
        assert name.endswith("_total") == isinstance(instrument, Counter)
        assert name.endswith("_seconds") == isinstance(instrument, Histogram)
    assert {name for name, *_ in tables.values()} <= set(read(page))


def test_label_values_are_texts_and_their_number_is_checked(page: Page) -> None:
    family = page.counters("a_total", "A.", ("code",))
    assert family.labels(7) is family.labels("7")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="found 2 values"):
        family.labels("1", "2")
    assert page.counters("a_total", "A.", ("code",)) is family
    with pytest.raises(ValueError, match="another kind"):
        page.gauges("a_total", "A.")


def test_label_sets_beyond_the_bound_are_one(page: Page) -> None:
    family = page.counters("a_total", "A.", ("user",), sets=2)
    for user in ("x", "y", "z", "z", "w"):
        family.labels(user).add()
    assert read(page)["a_total"].samples == [('user="x"', 1), ('user="y"', 1), ('user="other"', 3)]


def test_a_full_page_counts_on_and_says_so() -> None:
    page = Page(layout.ARENA_AT * 8 + mmap.PAGESIZE - layout.ARENA_AT * 8 % mmap.PAGESIZE)
    family = page.histograms("a_seconds", "A.", ("n",), sets=1000)
    for number in range(100):
        family.labels(str(number)).observe(1)
    refused = page.gauges("b" * 3000, "Too long for what is left." * 100)
    refused.labels().set(1)
    found = read(page)
    shown = len(found["a_seconds"].samples)
    assert 0 < shown < 10
    assert found["aiges_series_refused_total"].samples[0][1] == 101 - shown
    assert family.labels("99").count == 1


def test_sizes_of_pages_are_checked() -> None:
    for size in (4096, layout.PAGE_BYTES + 1):
        with pytest.raises(ValueError, match="telemetry page has whole pages"):
            Page(size)


def test_one_series_for_many_threads(page: Page) -> None:
    family = page.counters("a_total", "A.", ("n",))
    barrier = threading.Barrier(8)

    def count() -> None:
        barrier.wait()
        for number in range(2000):
            family.labels(str(number % 20)).add()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    samples = read(page)["a_total"].samples
    assert len(samples) == 20
    assert sum(value for _, value in samples) == 16000  # type: ignore[misc]


def test_user_metrics_have_names_that_scrapers_take(page: Page) -> None:
    telemetry = Telemetry(page)
    telemetry.user_metric("frames/second").labels("ocr").add(2)
    for number in range(metrics.MAX_USER_METRICS + 10):
        telemetry.user_metric(f"key{number}").labels("ocr").add()
    found = read(page)
    assert found["aiges_user_frames_second"].samples == [('service="ocr"', 2)]
    assert found["aiges_user_other"].samples[0][1] == 11
    assert len([name for name in found if name.startswith("aiges_user_")]) == metrics.MAX_USER_METRICS + 1


# --- buckets ----------------------------------------------------------------------------------------------------------


def test_buckets_are_a_quarter_octave() -> None:
    for bucket in range(layout.BUCKET_COUNT):
        start = buckets.bucket_ns(bucket)
        assert buckets.bucket_of(start) == bucket
        if bucket + 1 < layout.BUCKET_COUNT:
            assert buckets.bucket_of(buckets.bucket_ns(bucket + 1) - 1) == bucket
    assert buckets.bucket_of(-5) == 0 and buckets.bucket_of(1 << 70) == layout.BUCKET_COUNT - 1


@pytest.mark.parametrize("ns", [-7, 0, 1, 3, 4, 5, 255, 256, 123456789, 1 << 41, 1 << 62])
def test_observe_takes_the_bucket_of_the_duration(page: Page, ns: int) -> None:
    histogram = page.histograms("a_seconds", "A.").labels()
    histogram.observe(ns)
    counts, total = read(page)["a_seconds"].samples[0][1]  # type: ignore[misc]
    assert [bucket for bucket, count in enumerate(counts) if count] == [buckets.bucket_of(ns)]  # type: ignore[arg-type]
    assert total == histogram.sum_ns == max(ns, 0)


def test_shown_buckets_lose_nothing() -> None:
    counts = [1] * layout.BUCKET_COUNT
    sums = buckets.cumulative(counts)
    assert sums == sorted(sums) and sums[-1] == layout.BUCKET_COUNT
    assert sums[0] == buckets.SHOWN[0]


# --- exposition -------------------------------------------------------------------------------------------------------


def sample_page() -> PageReader:
    page = Page()
    telemetry = Telemetry(page, "1.0")
    telemetry.requests.labels('o"c\\r\n', "http", "once", "0").add(2)
    for ns in (100, 5_000, 2_000_000, 10**12):
        telemetry.request_seconds.labels("ocr", "http", "once").observe(ns)
    telemetry.registered.labels("ocr").set(math.inf)
    telemetry.buffer_bytes.labels("input").set(0.5)
    telemetry.user_metric("x").labels("ocr").add(9)
    service = page.service("ocr")
    service.set("ready")
    service.set_slots(2)
    page.set_config_loaded()
    page.beat()
    return PageReader(page.fd)


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text;version=1.0.0"])
def test_scrapers_read_what_was_counted(accept: str) -> None:
    pytest.importorskip("prometheus_client")
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
    from prometheus_client.parser import text_string_to_metric_families as parse_text

    body, kind = render([sample_page(), ProcessStats(os.getpid())], accept)
    parse = parse_openmetrics if accept else parse_text
    families = {family.name: family for family in parse(body.decode())}
    assert kind == (OPENMETRICS if accept else TEXT)
    requests = families["aiges_requests"]
    assert requests.type == "counter" and requests.samples[0].value == 2
    assert requests.samples[0].labels["service"] == 'o"c\\r\n'
    seconds = families["aiges_request_seconds"]
    assert seconds.type == "histogram"
    values = {(sample.name, sample.labels.get("le")): sample.value for sample in seconds.samples}
    assert values["aiges_request_seconds_count", None] == values["aiges_request_seconds_bucket", "+Inf"] == 4
    assert values["aiges_request_seconds_sum", None] == pytest.approx(1000.002, abs=1e-3)
    assert families["aiges_registered"].samples[0].value == math.inf
    assert families["aiges_user_x"].samples[0].value == 9
    assert families["aiges_build" if accept else "aiges_build_info"].samples[0].name == "aiges_build_info"
    assert families["process_resident_memory_bytes"].samples[0].value > 1e6
    states = {sample.labels["state"]: sample.value for sample in families["aiges_engine_state"].samples}
    assert states["ready"] == 1 and sum(states.values()) == 1


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/plain", TEXT),
        ("text/html", TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        ("application/openmetrics-text; version=2.0.0", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=x, text/plain", TEXT),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.9", TEXT),
        ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OPENMETRICS),
    ],
)  # fmt: skip
def test_accept_chooses_the_format(accept: str, expected: str) -> None:
    assert content_type(accept) == expected


def test_a_family_of_several_sources_is_shown_once() -> None:
    first, second = Page(), Page()
    first.counters("a_total", "A.", ("n",)).labels("1").add()
    second.counters("a_total", "A.", ("n",)).labels("1").add(5)
    second.counters("a_total", "A.", ("n",)).labels("2").add(7)
    body = render([PageReader(first.fd), PageReader(second.fd)])[0].decode()
    assert body.count("# TYPE a_total counter") == 1
    lines = [line for line in body.splitlines() if line.startswith("a_total")]
    assert lines == ['a_total{n="1"} 1', 'a_total{n="2"} 7']


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text;version=1.0.0"])
def test_labels_of_all_metrics_are_on_every_sample(accept: str) -> None:
    pytest.importorskip("prometheus_client")
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
    from prometheus_client.parser import text_string_to_metric_families as parse_text

    page = Page()
    page.set_labels({"idc": "x" * 500})
    page.set_labels({"idc": 'a "b" \\ c\nd', "gray": "true"})
    telemetry = Telemetry(page, "1.0")
    telemetry.requests.labels("ocr", "http", "once", "0").add()
    telemetry.request_seconds.labels("ocr", "http", "once").observe(5)
    page.service("ocr").set("ready")
    reader = PageReader(page.fd)
    body, _ = render([reader, ProcessStats(os.getpid())], accept, reader.labels)
    families = (parse_openmetrics if accept else parse_text)(body.decode())
    samples = [sample for family in families for sample in family.samples]
    assert len(samples) > 30
    for sample in samples:
        assert (sample.labels["idc"], sample.labels["gray"]) == ('a "b" \\ c\nd', "true"), sample
    page.set_labels({})
    assert reader.labels == ""


def test_metrics_that_are_for_nobody(page: Page) -> None:
    reader = PageReader(page.fd)
    assert not reader.hidden
    page.hide_metrics()
    assert reader.hidden


def test_no_metrics_of_a_process_that_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert ProcessStats(child.pid).collect() == []


# --- readers ----------------------------------------------------------------------------------------------------------


def test_a_page_cannot_be_taken_from_its_readers(page: Page) -> None:
    with pytest.raises(OSError):
        os.ftruncate(page.fd, 4096)
    with pytest.raises(OSError):
        mmap.mmap(page.fd, 4096)  # for writing


@pytest.mark.parametrize("kind", [PageReader, NativeStats])
def test_other_descriptors_are_refused(kind: type[PageReader], page: Page) -> None:
    unsealed = os.memfd_create("test", os.MFD_ALLOW_SEALING)
    os.ftruncate(unsealed, layout.PAGE_BYTES)
    read, write = os.pipe()
    for fd in (unsealed, read, -1):
        with pytest.raises(NotAPageError):
            kind(fd)
    for fd in (unsealed, read, write):
        os.close(fd)


def test_pages_of_another_layout_are_refused(page: Page) -> None:
    with pytest.raises(NotAPageError, match="expected 23334912"):
        NativeStats(page.fd)
    page._words[Header.LAYOUT] = 99
    with pytest.raises(NotAPageError, match="layout 99, expected 2"):
        PageReader(page.fd)
    page._words[Header.MAGIC] = 0
    with pytest.raises(NotAPageError, match="no telemetry page"):
        PageReader(page.fd)


def test_a_record_that_is_not_whole_is_read_later(page: Page) -> None:
    page.counters("a_total", "A.").labels().add()
    reader = PageReader(page.fd)
    at = layout.ARENA_AT + page._words[Header.USED]
    page.counters("b_total", "B.").labels().add()
    whole, page._words[at + 1] = page._words[at + 1], 0
    assert {family.name for family in reader.collect()} & {"a_total", "b_total"} == {"a_total"}
    page._words[at + 1] = whole
    assert {family.name for family in reader.collect()} & {"a_total", "b_total"} == {"a_total", "b_total"}


def test_nothing_in_a_page_makes_a_reader_fail(page: Page) -> None:
    page.counters("a_total", "A.").labels().add()
    page.service("a").set("ready")
    words, start = page._words, layout.HEADER_WORDS
    for at in (layout.ARENA_AT, layout.ARENA_AT + 1, Header.USED, Header.SERVICES, start + Row.TEXT, start + Row.STATE):
        kept = words[at]
        for value in (0, 1, 2**32 - 1, 2**64 - 1):
            words[at] = value
            reader = PageReader(page.fd)
            list(reader.collect())
            reader.verdicts(0)
        words[at] = kept


def test_a_state_cut_off_by_the_writers_death_is_read(page: Page) -> None:
    service = page.service("ocr")
    service.set("ready", "first")
    page._words[layout.HEADER_WORDS + Row.SEQUENCE] += 1
    service._write(Row.REASON_AT, b"sec")
    found = PageReader(page.fd).services()[0]
    assert (found.name, found.state, found.reason) == ("ocr", "ready", "")


def test_readers_never_see_half_a_text(page: Page) -> None:
    service, reader, over = page.service("ocr"), PageReader(page.fd), threading.Event()

    def write() -> None:
        while not over.is_set():
            service.set("ready", "a" * 100)
            service.set("stalled", "b" * 300)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(2000):
            found = reader.services()[0]
            assert (found.state, found.reason) in (("ready", "a" * 100), ("stalled", "b" * 300), (found.state, ""))
    finally:
        over.set()
        writer.join()


def test_another_process_reads_along(page: Page) -> None:
    counter = page.counters("a_total", "A.").labels()
    script = (
        "import sys; from aiges_native.host.telemetry import PageReader; reader = PageReader(int(sys.argv[1]))\n"
        "for line in sys.stdin: print({f.name: f.samples for f in reader.collect()}['a_total'][0][1], flush=True)"
    )
    command = [sys.executable, "-c", script, str(page.fd)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True, pass_fds=[page.fd]) as child:
        assert child.stdin and child.stdout
        for value in (3, 8):
            counter.add(value - counter.value)
            child.stdin.write("\n")
            child.stdin.flush()
            assert child.stdout.readline() == f"{value}\n"


def test_a_closed_page_still_counts(page: Page) -> None:
    reader = PageReader(page.fd)
    counter = page.counters("a_total", "A.").labels()
    page.close()
    page.close()
    counter.add(2)
    assert {family.name: family for family in reader.collect()}["a_total"].samples == [("", 2)]


def test_a_heart_beats_while_its_loop_runs(page: Page) -> None:
    async def run() -> list[int]:
        heart, reader = Heart(page, asyncio.get_running_loop(), 0.001), PageReader(page.fd)
        heart.start()
        heart.start()
        beats = {reader.host().heartbeat}
        while len(beats) < 3:
            await asyncio.sleep(0)
            beats.add(reader.host().heartbeat)
        heart.stop()
        heart.stop()
        return sorted(beats)

    began = time.monotonic_ns()
    beats = asyncio.run(run())
    assert began <= beats[0] < beats[-1]


# --- states and health ------------------------------------------------------------------------------------------------


def test_states_are_read_as_they_were_set(page: Page) -> None:
    service = page.service("n" * 100)
    assert page.service("n" * 100) is service
    with pytest.raises(ValueError, match="unknown state 'fine'"):
        service.set("fine")
    before = time.monotonic_ns()
    service.set("stalled", "no answer, " + "\u00e9" * 400)
    found = PageReader(page.fd).services()[0]
    assert found.name == "n" * Row.NAME_BYTES and found.state == "stalled" and found.since >= before
    assert found.reason.startswith("no answer, \u00e9") and len(found.reason.encode()) <= Row.REASON_BYTES


def test_slots_say_since_when_none_is_free(page: Page) -> None:
    service = page.service("ocr")
    full = lambda: PageReader(page.fd).services()[0].full_since  # noqa: E731
    assert not full()
    service.set_slots(2)
    service.set_busy(1)
    assert not full()
    service.set_busy(2)
    first = full()
    service.set_busy(2)
    assert full() == first > 0
    service.set_busy(1)
    assert not full()
    service.set_lost(1)
    assert full() >= first
    assert PageReader(page.fd).services()[0].free == 0


def test_overdue_counts_from_its_beginning(page: Page) -> None:
    service = page.service("ocr")
    overdue = lambda: PageReader(page.fd).services()[0].overdue_since  # noqa: E731
    service.set_overdue(True)
    first = overdue()
    service.set_overdue(True)
    assert overdue() == first > 0
    service.set_overdue(False)
    assert not overdue()


def test_a_page_has_room_for_so_many_services(page: Page) -> None:
    for number in range(layout.SERVICE_COUNT):
        page.service(f"s{number}")
    with pytest.raises(ValueError, match="holds 64 services"):
        page.service("one more")
    assert [each.name for each in PageReader(page.fd).services()][-1] == "s63"


def facts(page: Page, **changes: int | str | bool) -> tuple[ServiceFacts, HostFacts]:
    page.service("ocr").set("ready")
    page.service("ocr").set_slots(2)
    reader = PageReader(page.fd)
    service, host = reader.services()[0], reader.host()
    host.heartbeat = service.since = 100 * SECOND
    for name, value in changes.items():
        setattr(service if hasattr(service, name) else host, name, value)
    return service, host


NOW = 101 * SECOND


@pytest.mark.parametrize(
    ("changes", "now", "state", "since"),
    [
        ({}, NOW, "ready", 100),
        ({"busy": 2, "full_since": NOW}, NOW, "busy", 101),
        ({"busy": 1, "lost": 1, "full_since": NOW}, NOW, "busy", 101),
        ({"lost": 2, "full_since": NOW}, NOW, "wedged", 101),
        ({"state": "loading"}, NOW + 100 * SECOND, "loading", 100),
        ({"state": "dead"}, NOW, "dead", 100),
        ({"state": "wedged"}, NOW, "wedged", 100),
        ({"state": "stalled"}, NOW, "stalled", 100),
        ({}, 110 * SECOND - 1, "ready", 100),
        ({}, 110 * SECOND, "stalled", 110),
        ({}, 135 * SECOND, "wedged", 130),
        ({"overdue_since": 90 * SECOND}, NOW, "stalled", 100),
        ({"overdue_since": 92 * SECOND}, NOW, "ready", 100),
        ({"draining": 99 * SECOND, "state": "dead"}, NOW, "draining", 99),
    ],
)
def test_a_service_is_judged_by_the_evidence(
    page: Page, changes: dict[str, int], now: int, state: str, since: int
) -> None:
    verdict = judge_service(*facts(page, **changes), now)
    assert (verdict.state, verdict.since) == (state, since * SECOND), verdict
    assert verdict.serving == (state in ("ready", "busy"))


def test_a_process_whose_loop_never_ran_is_judged_from_its_start(page: Page) -> None:
    assert judge_service(*facts(page, heartbeat=0, started=90 * SECOND), NOW).state == "stalled"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("", "loading"),
        ("ready", "ready"),
        ("ready busy", "ready"),
        ("busy dead", "busy"),
        ("ready wedged dead", "ready"),
        ("ready loading", "loading"),
        ("stalled wedged", "stalled"),
        ("wedged dead", "wedged"),
        ("dead dead", "dead"),
    ],
)
def test_a_host_serves_when_one_service_does_and_none_loads(page: Page, states: str, expected: str) -> None:
    verdicts = {f"s{n}": Verdict(state, n, "why") for n, state in enumerate(states.split())}
    host = facts(page)[1]
    assert judge_host(verdicts, host).state == expected
    assert is_live(verdicts, host) is ("wedged" not in states)
    host.exit_on_wedge = False
    assert is_live(verdicts, host)
    host.draining = 1
    assert judge_host(verdicts, host).state == "draining"
