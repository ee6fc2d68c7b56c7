"""Curves as SVG, to be read on a light and on a dark page."""

import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 420, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 34, 44
LEGEND = 26
# Okabe and Ito's colours, which are told apart by nearly all; each line has a dash of its own beside.
LINES = [("#0072b2", "none"), ("#d55e00", "6 3"), ("#009e73", "2 3"), ("#cc79a7", "8 3 2 3")]
# A grey that is read on white and on black: a page's own colours are not known to a picture in it.
STYLE = "text { font: 12px system-ui, sans-serif; fill: #777 } .grid { stroke: #8884 } .axis { stroke: #888 }"


@dataclass(frozen=True)
class Series:
    """What is measured, at each x, relative to the first."""

    name: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """A diagram whose x axis is logarithmic."""

    title: str
    x_label: str
    series: list[Series]


class Scale:
    """From values to places, evenly by their logarithms."""

    def __init__(self, low: float, high: float, begin: float, end: float):
        self.low, self.high = math.log(low), math.log(max(high, low * 1.0001))
        self.begin, self.end = begin, end

    def __call__(self, value: float) -> float:
        part = (math.log(value) - self.low) / (self.high - self.low)
        return round(self.begin + part * (self.end - self.begin), 1)


def draw(title: str, panels: list[Panel]) -> str:
    """The panels side by side, with one legend below."""
    names = [series.name for series in panels[0].series]
    width, height = WIDTH * len(panels), HEIGHT + LEGEND
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
    ]
    for number, panel in enumerate(panels):
        parts.append(f'<g transform="translate({number * WIDTH} 0)">{diagram(panel)}</g>')
    parts += [legend(number, name) for number, name in enumerate(names)]
    return "\n".join([*parts, "</svg>", ""])


def diagram(panel: Panel) -> str:
    xs = sorted({x for series in panel.series for x, _ in series.points})
    ys = [y for series in panel.series for _, y in series.points if y > 0] + [1.0]
    low, high = 2.0 ** math.floor(math.log2(min(ys) * 0.99)), 2.0 ** math.ceil(math.log2(max(ys) * 1.01))
    x = Scale(xs[0], xs[-1], LEFT, WIDTH - RIGHT)
    y = Scale(low, high, HEIGHT - BOTTOM, TOP)
    parts = [text(LEFT, 18, panel.title, "start"), text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, panel.x_label)]
    for value in ticks(low, high):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value)}" y2="{y(value)}"/>')
        parts.append(text(LEFT - 6, y(value) + 4, f"{value:g}", "end"))
    for value in xs:
        parts.append(f'<line class="axis" x1="{x(value)}" x2="{x(value)}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 4}"/>')
        anchor = "end" if value == xs[-1] else "middle"
        parts.append(text(x(value), HEIGHT - BOTTOM + 18, short(value), anchor))
    parts.append(f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>')
    parts += [
        line(number, [(x(at), y(value)) for at, value in series.points if value > 0])
        for number, series in enumerate(panel.series)
    ]
    return "\n".join(parts)


def ticks(low: float, high: float) -> list[float]:
    """Powers of two; where there are many, every so manieth."""
    first, last = round(math.log2(low)), round(math.log2(high))
    step = max(1, math.ceil((last - first) / 6))
    return [2.0**power for power in range(first, last + 1) if power % step == 0]


def line(number: int, places: list[tuple[float, float]]) -> str:
    colour, dash = LINES[number % len(LINES)]
    path = " ".join(f"{x},{y}" for x, y in places)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places)
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" points="{path}"/>{dots}'


def legend(number: int, name: str) -> str:
    colour, dash = LINES[number % len(LINES)]
    x, y = LEFT + number * 170, HEIGHT + 12
    mark = f'<line x1="{x}" x2="{x + 26}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    return mark + text(x + 32, y + 4, name, "start")


def text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def short(value: float) -> str:
    """1,000 and 1,000,000 as 1k and 1M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
