#!/usr/bin/env python3
"""Draws the first table of a Markdown page as a bar chart: a group of bars for each row, on a logarithmic scale.

  bench/bars.py docs/performance.md docs/peers.svg
"""

import math
import sys
from html import escape
from pathlib import Path

from curve import LINES, STYLE, text

WIDTH, LEFT, RIGHT, TOP = 760, 190, 50, 40
BAR, GAP = 13, 12


def read_table(page: str) -> tuple[list[str], list[tuple[str, list[float]]]]:
    """Return the names of the columns, and each row with its numbers. A cell without a number is 0."""
    lines = page.splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("|"))
    table = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip(" *") for cell in line.strip("|").split("|")])
    header, _, *rows = table
    return header[1:], [(row[0], [number(cell) for cell in row[1:]]) for row in rows]


def number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return 0.0


def draw(title: str, names: list[str], rows: list[tuple[str, list[float]]]) -> str:
    values = [value for _, row in rows for value in row if value]
    low, high = 2.0 ** math.floor(math.log2(min(values) * 0.99)), 2.0 ** math.ceil(math.log2(max(values) * 1.01))
    group = BAR * len(names) + GAP
    bottom = TOP + group * len(rows)
    height = bottom + 30

    def x(value: float) -> float:
        return round(LEFT + (math.log2(value) - math.log2(low)) / math.log2(high / low) * (WIDTH - LEFT - RIGHT), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title><style>{STYLE} .bar {{ font-size: 10px }}</style>",
    ]
    for power in range(round(math.log2(low)), round(math.log2(high)) + 1):
        value = 2.0**power
        parts.append(f'<line class="grid" x1="{x(value)}" x2="{x(value)}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(text(x(value), bottom + 18, f"{value:g}"))
    for index, name in enumerate(names):
        at = LEFT + index * (WIDTH - LEFT - RIGHT) / len(names)
        parts.append(f'<rect x="{at:g}" y="10" width="12" height="12" fill="{LINES[index % len(LINES)][0]}"/>')
        parts.append(text(at + 18, 20, name, "start"))
    for index, (name, row) in enumerate(rows):
        top = TOP + index * group + GAP / 2
        parts.append(text(LEFT - 10, top + BAR * len(names) / 2 + 4, name, "end"))
        for bar, value in enumerate(row):
            if value:
                y, colour = top + bar * BAR, LINES[bar % len(LINES)][0]
                width = round(x(value) - LEFT, 1)
                parts.append(f'<rect x="{LEFT}" y="{y:g}" width="{width}" height="{BAR - 2}" fill="{colour}"/>')
                parts.append(text(x(value) + 5, y + BAR - 3, f"{value:g}", "start"))
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    page, chart = map(Path, sys.argv[1:3])
    names, rows = read_table(page.read_text())
    title = "The throughput of the service, as a multiple of that of each other system"
    chart.write_text(draw(title, names, rows))


if __name__ == "__main__":
    main()
