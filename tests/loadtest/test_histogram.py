"""Histograms against exact percentiles."""

from __future__ import annotations

import math
import pickle
import random

import pytest

from aiges_native.loadtest.histogram import COARSE, FINE, Histogram

PERCENTS = (1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100)


def exact(values: list[int], percent: float) -> int:
    return sorted(values)[min(max(math.ceil(round(percent / 100 * len(values), 6)), 1), len(values)) - 1]


def filled(values: list[int], bits: int = FINE) -> Histogram:
    histogram = Histogram(bits)
    for value in values:
        histogram.record(value)
    return histogram


@pytest.fixture(params=["narrow", "wide", "two humps"])
def values(request: pytest.FixtureRequest) -> list[int]:
    chance = random.Random(1)
    if request.param == "narrow":
        return [chance.randrange(900) for _ in range(5000)]
    if request.param == "wide":
        return [round(chance.lognormvariate(13, 2.5)) for _ in range(20_000)]
    return [round(chance.gauss(1e6 if chance.random() < 0.97 else 3e8, 1e5)) for _ in range(20_000)]


@pytest.mark.parametrize(("bits", "error"), [(FINE, 1 / 1024), (COARSE, 1 / 128)])
def test_percentiles_are_exact_to_their_cell(values, bits, error):
    histogram = filled(values, bits)
    for percent, found in zip(PERCENTS, histogram.percentiles(PERCENTS), strict=True):
        right = exact(values, percent)
        assert right <= found <= right * (1 + error)


def test_what_is_exact(values):
    histogram = filled(values)
    assert (histogram.count, histogram.low, histogram.high) == (len(values), min(values), max(values))
    assert histogram.mean == pytest.approx(sum(values) / len(values))
    assert histogram.percentile(100) == max(values)


def test_small_values_are_kept_as_they_are():
    values = list(range(2048))
    assert dict(filled(values).ascending()) == dict.fromkeys(values, 1)


def test_merging_is_recording_everything_in_one(values):
    whole, parts = filled(values), Histogram()
    for at in range(3):
        parts.merge(pickle.loads(pickle.dumps(filled(values[at::3]))))
    assert parts.cells == whole.cells
    assert (parts.total, parts.low, parts.high) == (whole.total, whole.low, whole.high)
    parts.merge(Histogram())
    assert parts.low == whole.low


def test_precisions_do_not_mix():
    with pytest.raises(ValueError, match="11 and 8 bits"):
        Histogram(FINE).merge(Histogram(COARSE))


def test_an_empty_one_has_no_percentiles():
    assert Histogram().percentiles((50, 99)) == [None, None]
    assert Histogram().mean is None


def test_a_clock_that_seems_to_go_back_counts_as_nothing():
    histogram = filled([-5])
    assert histogram.percentile(50) == 0


def test_it_agrees_with_hdrhistogram(values):
    reference = pytest.importorskip("hdrh.histogram", reason="hdrhistogram is not installed")
    theirs = reference.HdrHistogram(1, 1 << 40, 3)
    for value in values:
        theirs.record_value(max(value, 1))
    ours = filled(values)
    for percent in (50, 90, 99, 99.9):
        assert ours.percentile(percent) == pytest.approx(theirs.get_value_at_percentile(percent), rel=0.002, abs=1)
