"""Durations in logarithmic buckets, four an octave: a bucket is at most 25 % wide. The same as in ``csrc/stats``."""

from __future__ import annotations

from .layout import BUCKET_COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def bucket_of(ns: int) -> int:
    """Index of the bucket that a duration falls into; the last one takes everything that is longer."""
    if ns < 4:
        return max(ns, 0)
    shift = ns.bit_length() - 3
    return min(4 * shift + (ns >> shift), BUCKET_COUNT - 1)


def bucket_ns(bucket: int) -> int:
    """The smallest duration of a bucket in ns."""
    return bucket if bucket < 4 else (4 + bucket % 4) << (bucket // 4 - 1)


#: Where the shown buckets end, as indices: every half octave from 256 ns to 137 s. All of them would be three times the
#: text, and a set that changes with the data would break rates over time.
SHOWN = tuple(range(bucket_of(1 << 8), bucket_of(1 << 37) + 1, 2))
#: The same in seconds. The ns at a bound itself is counted into the next bucket.
SHOWN_SECONDS = tuple(bucket_ns(bucket) / 1e9 for bucket in SHOWN)


def cumulative(counts: Sequence[int]) -> list[int]:
    """Observations below each shown bound, and all of them as the last."""
    sums, total, start = [], 0, 0
    for end in SHOWN:
        total += sum(counts[start:end])
        sums.append(total)
        start = end
    sums.append(total + sum(counts[start:]))
    return sums
