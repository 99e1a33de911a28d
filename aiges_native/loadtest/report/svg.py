"""Line plots as SVG: text, no script, nothing fetched from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 30, 34
COLOURS = ("#2563a8", "#c2410c", "#4d7c0f", "#7e22ce")


@dataclass(frozen=True)
class Line:
    """One curve. A y of None is a gap."""

    name: str
    points: Sequence[tuple[float, float | None]]


def plot(
    title: str,
    unit: str,
    lines: Sequence[Line],
    x_ticks: Sequence[tuple[float, str]] | None = None,
    log: bool = False,
) -> str:
    """An ``<svg>`` element; ``x_ticks`` name places of the x axis, by default round numbers."""
    xs = [x for line in lines for x, y in line.points if y is not None]
    ys = [y for line in lines for _, y in line.points if y is not None]
    if not xs:
        return ""
    scale = _Scale((min(xs), max(xs)), (min(ys), max(ys)), log)
    ticks = x_ticks or [(value, f"{value:g}") for value in _round_numbers(min(xs), max(xs), 8)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="11" fill="#555">',
        f'<text x="{LEFT}" y="14" font-size="13" fill="#111">{escape(title)} '
        f'<tspan fill="#777">{escape(unit)}</tspan></text>',
        *_grid(scale, ticks),
    ]
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        if len(lines) > 1:
            x = WIDTH - RIGHT - 90 * (len(lines) - number)
            parts.append(f'<text x="{x}" y="14" fill="{colour}">{escape(line.name)}</text>')
        parts += [
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{stretch}"/>'
            for stretch in _stretches(line, scale)
        ]
    return "\n".join([*parts, "</svg>"])


class _Scale:
    """Where a value lies on the picture; y goes from 0, or logarithmically from its least value."""

    def __init__(self, xs: tuple[float, float], ys: tuple[float, float], log: bool) -> None:
        self._x0, x1 = xs
        self._width = (x1 - self._x0) or 1.0
        self.log = log and ys[0] > 0
        if self.log:
            self.y0, self.y1 = 10.0 ** floor(log10(ys[0])), 10.0 ** max(ceil(log10(ys[1])), floor(log10(ys[0])) + 1)
        else:
            self.y0, self.y1 = 0.0, _round_numbers(0.0, ys[1] or 1.0, 4)[-1]

    def x(self, value: float) -> float:
        return LEFT + (value - self._x0) / self._width * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        if self.log:
            share = (log10(value) - log10(self.y0)) / (log10(self.y1) - log10(self.y0)) if value > 0 else 0.0
        else:
            share = (value - self.y0) / (self.y1 - self.y0)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def y_ticks(self) -> list[float]:
        if self.log:
            return [10.0**power for power in range(round(log10(self.y0)), round(log10(self.y1)) + 1)]
        return _round_numbers(self.y0, self.y1, 4)


def _grid(scale: _Scale, x_ticks: Sequence[tuple[float, str]]) -> list[str]:
    parts = []
    for value in scale.y_ticks():
        y = scale.y(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,g}</text>')
    for value, name in x_ticks:
        parts.append(f'<text x="{scale.x(value):.1f}" y="{HEIGHT - 14}" text-anchor="middle">{escape(name)}</text>')
    return parts


def _stretches(line: Line, scale: _Scale) -> list[str]:
    found: list[list[str]] = [[]]
    for x, y in line.points:
        if y is None:
            found.append([])
        else:
            found[-1].append(f"{scale.x(x):.1f},{scale.y(y):.1f}")
    return [" ".join(points * 2 if len(points) == 1 else points) for points in found if points]


def _round_numbers(low: float, high: float, about: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, from at most ``low`` to at least ``high``."""
    span = (high - low) or 1.0
    power = 10.0 ** floor(log10(span / about))
    step = next((power * factor for factor in (1, 2, 5) if span / (power * factor) <= about), power * 10)
    return [round(number * step, 10) for number in range(floor(low / step), ceil(high / step) + 1)]
