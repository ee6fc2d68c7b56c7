"""Draws curves as SVG, for light and dark pages."""

import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 420, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 34, 44
LEGEND = 26
# Okabe and Ito's colour-blind safe colours; each line also has its own dash pattern.
LINES = [("#0072b2", "none"), ("#d55e00", "6 3"), ("#009e73", "2 3"), ("#cc79a7", "8 3 2 3")]
# A grey that is readable on white and on black: an image does not know the colours of its page.
STYLE = "text { font: 12px system-ui, sans-serif; fill: #777 } .grid { stroke: #8884 } .axis { stroke: #888 }"


@dataclass(frozen=True)
class Series:
    """The measured values at each x, relative to the first."""

    name: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """A diagram with a logarithmic x axis."""

    title: str
    x_label: str
    series: list[Series]


class Scale:
    """Maps values to coordinates on a logarithmic scale."""

    def __init__(self, low: float, high: float, begin: float, end: float):
        self.low, self.high = math.log(low), math.log(max(high, low * 1.0001))
        self.begin, self.end = begin, end

    def __call__(self, value: float) -> float:
        fraction = (math.log(value) - self.low) / (self.high - self.low)
        return round(self.begin + fraction * (self.end - self.begin), 1)


def draw(title: str, panels: list[Panel]) -> str:
    """Draw the panels side by side, with one legend below."""
    names = [series.name for series in panels[0].series]
    parts = [f'<g transform="translate({number * WIDTH} 0)">{diagram(panel)}</g>' for number, panel in enumerate(panels)]
    parts += [legend(number, name) for number, name in enumerate(names)]
    return image(title, WIDTH * len(panels), HEIGHT + LEGEND, parts)


def image(title: str, width: int, height: int, parts: list[str]) -> str:
    """Return an SVG file of these parts, with the title for screen readers."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
    ]
    return "\n".join([*head, *parts, "</svg>", ""])


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
    """Return powers of two, at most about seven."""
    first, last = round(math.log2(low)), round(math.log2(high))
    step = max(1, math.ceil((last - first) / 6))
    return [2.0**power for power in range(first, last + 1) if power % step == 0]


def line(number: int, points: list[tuple[float, float]]) -> str:
    colour, dash = LINES[number % len(LINES)]
    path = " ".join(f"{x},{y}" for x, y in points)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points)
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" points="{path}"/>{dots}'


def legend(number: int, name: str) -> str:
    colour, dash = LINES[number % len(LINES)]
    x, y = LEFT + number * 170, HEIGHT + 12
    mark = f'<line x1="{x}" x2="{x + 26}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    return mark + text(x + 32, y + 4, name, "start")


def text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def short(value: float) -> str:
    """Format 1,000 and 1,000,000 as 1k and 1M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
