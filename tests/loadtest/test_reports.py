"""Every form of the report can be read again, and says the same."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from aiges_native.loadtest import LoadTestError, Plan, Run, Stream
from aiges_native.loadtest.chaos import Chaos
from aiges_native.loadtest.compare import compare
from aiges_native.loadtest.killer import Kill
from aiges_native.loadtest.limits import check, parse_limit
from aiges_native.loadtest.outcome import DROPPED, TIMEOUT, Outcome
from aiges_native.loadtest.record import Record
from aiges_native.loadtest.report import summary_of
from aiges_native.loadtest.report.html_page import html_page, plots
from aiges_native.loadtest.report.summary import read_summary, write_text
from aiges_native.loadtest.report.table import bars, head, show
from aiges_native.loadtest.report.timeline_csv import timeline_csv
from aiges_native.loadtest.report.xtest_files import perf_text, write_xtest_files
from aiges_native.loadtest.resources import Sample

MS = 1_000_000
S = 1000 * MS


@pytest.fixture
def run() -> Run:
    """5 s with a request each 10 ms of 1 to 10 ms; each 50th fails."""
    record = Record(0, S, 5 * S, is_open=False, keep=True)
    for number in range(500):
        outcome = Outcome(start := number * 10 * MS)
        outcome.first, outcome.last_sent = start + MS // 2, start + MS // 4
        code = 10110 if number % 50 == 49 else 0
        end = min(start + (number % 10 + 1) * MS, 5 * S - 1)
        record.add(start, outcome.fail(code, '<no "slot">' if code else "", end))
    plan = Plan("ws://h/v1/private/<s>", "stream", (Stream("data", "text", ((b"x",),)),), users=2, duration=5 * S)
    samples = [Sample(1000.0 + second, (100 + second) << 20, 50.0, 2) for second in range(5)]
    return Run(plan, record, 1_700_000_000.0, 0, 1, samples=samples)


def test_the_summary_is_json_and_adds_up(run, tmp_path):
    document = summary_of(run)
    write_text(tmp_path / "deep" / "a.json", json.dumps(document))
    assert read_summary(tmp_path / "deep" / "a.json") == document
    assert (document["requests"], document["failed"], document["warmed"]) == (400, 8, 100)
    assert document["throughput"] == pytest.approx(392 / 4, rel=0.01)
    assert document["measures"]["latency"]["p50"] == pytest.approx(5, rel=0.001)
    assert document["measures"]["latency"]["max"] == 10
    assert [row["ok"] for row in document["timeline"]] == [98] * 4
    assert document["errors"] == [{"code": 10110, "count": 8, "text": '<no "slot">'}]
    assert document["resources"]["rss"] == {"first": 100 << 20, "max": 104 << 20, "last": 104 << 20}


@pytest.mark.parametrize("text", ["", "[]", '{"format": "other"}'])
def test_files_that_are_no_summary(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(LoadTestError, match="is no"):
        read_summary(tmp_path / "a.json")
    with pytest.raises(LoadTestError, match="cannot be read"):
        read_summary(tmp_path / "none.json")


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LoadTestError) as caught:
        write_text(tmp_path / "file" / "a.json", "")
    assert not caught.value.usage


@pytest.fixture
def chaotic(run) -> Run:
    """The same, in which users vanished, one of two reads slowly, and the service was killed twice."""
    for number in range(100, 120):
        start = number * 10 * MS
        run.record.add(start, Outcome(start).fail(DROPPED, "", start + MS))
    run.record.add(2 * S, Outcome(2 * S).fail(TIMEOUT, "late", 3 * S))
    slow = Outcome(2 * S).fail(0, "", 4 * S)
    slow.slow = True
    run.record.add(2 * S, slow)
    run.record.recoveries = {2 * S: 2 * S + 300 * MS}
    run.record.histograms["recovery"].record(300 * MS)
    chaos = Chaos(drop=0.5, slow=0.5, slow_rate=1000, kill_every=S, kill_parent=1)
    run.plan = replace(run.plan, chaos=chaos, form="binary", seed=3)
    run.kills, run.missed = [Kill(2 * S, 77), Kill(int(4.5 * S), 78)], 1
    return run


def test_pieces_are_told_where_answers_come_in_pieces(run):
    run.record.pieces = 7
    document = summary_of(run)
    assert document["pieces"] == 7 and head(document)[1].endswith(" received in 7 pieces")


def test_reports_are_silent_about_what_was_not_asked_for(run):
    run.plan = replace(run.plan, mode="once")
    document = summary_of(run)
    assert not {"pieces", "chaos"} & document.keys() and not {"form", "chaos", "seed"} & document["plan"].keys()
    assert not {"slow", "recovery"} & document["measures"].keys()
    assert timeline_csv(document).splitlines()[0] == "second,length,ok,failed,mean,p50,p99"
    out = io.StringIO()
    show(document, out)
    for word in ("chaos", "pieces", "vanished", "kill"):
        assert word not in out.getvalue() and word not in html_page(document).lower()


def test_chaos_is_told_in_every_report(chaotic):
    document = summary_of(chaotic)
    assert (document["requests"], document["failed"]) == (402, 9)
    assert document["chaos"] == {
        "unanswered": 1, "dropped": 20, "slow_users": 1, "unrecovered": 1,
        "kills": [{"second": 2.0, "pid": 77, "recovery_ms": 300.0}, {"second": 4.5, "pid": 78, "recovery_ms": None}],
    }  # fmt: skip
    assert document["plan"]["chaos"] == {"drop": 0.5, "slow": 0.5, "kill_every_seconds": 1.0}
    assert (document["plan"]["form"], document["plan"]["seed"]) == ("binary", 3)
    assert document["measures"]["slow"]["max"] == 2000 and document["measures"]["recovery"]["max"] == 300
    assert document["measures"]["latency"]["count"] == 401
    rows = list(csv.DictReader(io.StringIO(timeline_csv(document))))
    assert [(row["dropped"], row["kills"]) for row in rows] == [("20", "0"), ("0", "1"), ("0", "0"), ("0", "1")]
    out = io.StringIO()
    show(document, out)
    assert (
        "chaos: 1 request sent and never answered, 20 users vanished in mid-request, 1 user read slowly, "
        "2 kills, 1 without a good answer after it\n"
    ) in out.getvalue()
    page = html_page(document)
    assert "<h2>Kills</h2>" in page and "<td>77</td><td>300 ms</td>" in page and "dropped" in plots(document)
    assert "after 1 of 2 kills no request was answered well any more" in page
    assert "1 of 3 kills found nobody to kill" in page


def test_chaos_in_limits_and_comparisons(chaotic, run):
    document = summary_of(chaotic)
    kept = ["unanswered>1", "dropped>20", "unrecovered>1", "recovery.max>300ms", "slow.p50>3s"]
    assert check([parse_limit(text) for text in kept], document) == []
    broken = ["unanswered>0", "dropped>=20", "unrecovered>0", "recovery.max>200ms", "slow.p50>1s"]
    assert len(check([parse_limit(text) for text in broken], document)) == 5
    rows = {each.name: (each.before, each.after) for each in compare(document, document)}
    assert rows["unanswered"] == (1, 1) and rows["recovery.max"] == (300, 300) and rows["dropped"] == (20, 20)


def test_limits_on_chaos_where_there_is_none(run):
    run.plan = replace(run.plan, mode="once")
    document = summary_of(run)
    for text in ("unanswered>0", "dropped>0", "unrecovered>0", "recovery.max>1s", "slow.p50>1s", "pieces>0"):
        assert check([parse_limit(text)], document) == [f"limit '{text}': there is no such figure in this run"]
    assert not {"unanswered", "dropped", "recovery.max"} & {each.name for each in compare(document, document)}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "data", "action")]


def test_the_page_needs_nothing_from_elsewhere(run):
    text = html_page(summary_of(run))
    page = _Page()
    page.feed(text)
    assert page.links == [] and not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not re.search(r"url\(|@import", text)
    outside = set(re.findall(r"\b\w+://[^\s\"<]+", text))
    assert outside <= {"http://www.w3.org/2000/svg", "ws://h/v1/private/&lt;s&gt;"}  # a name, and the target
    assert page.tags.count("svg") >= 5
    assert '<no "slot">' not in text and "&lt;no &quot;slot&quot;&gt;" in text


def test_plots_are_svg_with_their_lines_inside(run):
    found = plots(summary_of(run))
    assert {"percentiles", "latency", "throughput", "errors", "memory", "cpu"} == set(found)
    for name, text in found.items():
        lines = ElementTree.fromstring(text).findall("{http://www.w3.org/2000/svg}polyline")
        assert lines, name
        for line in lines:
            for point in line.attrib["points"].split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= 640 and 0 <= y <= 240, (name, point)


def test_the_timeline_as_csv(run):
    rows = list(csv.DictReader(io.StringIO(timeline_csv(summary_of(run)))))
    assert [row["second"] for row in rows] == ["1", "2", "3", "4"]
    assert float(rows[0]["p99"]) == pytest.approx(10, rel=0.01)


def test_the_files_of_xtest(run, tmp_path):
    from pathlib import Path

    written = write_xtest_files(run, summary_of(run), tmp_path, Path("log/line.png"))
    assert sorted(str(path.relative_to(tmp_path)) for path in written) == [
        "log/errDist", "log/line.svg", "log/resource.csv", "perf.txt", "perfReqRecord.csv"
    ]  # fmt: skip
    assert (tmp_path / "log/errDist").read_text() == '0(""): 392\n10110("<no "slot">"): 8\n'
    lines = (tmp_path / "perfReqRecord.csv").read_text().splitlines()
    assert len(lines) == 392
    pattern = (
        r"id:(.*?),cost:(.*?),firstCost:(.*?),lastCost:(.*?),begin:(.*?),end:(.*?),"
        r"firstReq:(.*?),firstRlt:(.*?),lastReq:(.*?),lastRlt:(.*)"
    )
    found = re.fullmatch(pattern, lines[0])
    assert found is not None and [float(found[n]) for n in (2, 3, 4)] == [1.0, 0.5, 0.75]
    head, *rows = (tmp_path / "log/resource.csv").read_text().splitlines()
    assert head == "CPU,MEMORY,TIME" and len(rows) == 5 and rows[0].startswith("50.000000,")


def test_perf_txt_spells_as_xtest_does(run):
    head, figures, errors_head, errors = perf_text(run, summary_of(run)).splitlines()
    assert (head, errors_head) == ("perf result:", "perf err record: ")
    found = json.loads(figures)
    assert list(found)[:2] == ["failRate", "successRate"] and found["failRate"] == 0.02
    assert (found["min"], found["max"], found["delay99"]) == (1, 10, 10)
    assert found["delayFirstMin"] == 0.5 and found["delayLatMin"] == 0.75 and found["delayLast99"] > 8
    assert len(json.loads(errors)["10110"]) == 8


def test_one_shot_requests_have_short_lines(run):
    run.record.requests = [(0, 0, 0, 0, 5 * MS, 0)]
    assert re.fullmatch(r"id:0,cost:5\.000000,begin:\S+ \S+,end:\S+ \S+\n", _lines(run))


def _lines(run: Run) -> str:
    from aiges_native.loadtest.report.xtest_files import request_lines

    return request_lines(run)


def test_the_table_on_plain_text(run):
    out = io.StringIO()
    show(summary_of(run), out)
    text = out.getvalue()
    assert "400 requests in 4.0 s" in text and "10110" in text and "p99.9" in text


def test_an_empty_run_still_reports(run):
    run.record = Record(0, S, 5 * S, is_open=True)
    run.samples = []
    document = summary_of(run)
    assert document["requests"] == 0 and "no request was measured" in document["warnings"][0]
    assert "<svg" not in html_page(document)
    out = io.StringIO()
    show(document, out)


def test_bars():
    assert bars([0, 1, 2, 4, 8]) == " ▁▂▄█"
    assert len(bars(list(range(600)))) <= 60
    assert bars([0.0, 0.0]) == "  "
