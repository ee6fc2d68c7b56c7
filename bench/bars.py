#!/usr/bin/env python3
"""Draws the throughput of the service and of other implementations as bars.

  bench/bars.py                 read docs/peers.csv, write docs/peers.svg

Each row of the file is an implementation, each further column a workload. A value is the throughput relative to this service.
"""

import csv
import math
from pathlib import Path

from curve import LINES, image, text

DOCS = Path(__file__).resolve().parent.parent / "docs"
TITLE = "Throughput relative to this service"
PANEL_WIDTH, BAR_HEIGHT, GAP = 360, 14, 6
NAMES, NUMBERS, TOP = 150, 40, 46
COLUMNS = 2
# the others are grey, so that the service is easy to find
SERVICE, OTHER = LINES[0][0], "#8888"


def main() -> None:
    with (DOCS / "peers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    (DOCS / "peers.svg").write_text(draw(rows))


def draw(rows: list[dict[str, str]]) -> str:
    """Draw a panel for each workload."""
    _, *workloads = rows[0]
    panel_height = TOP + len(rows) * (BAR_HEIGHT + GAP)
    lines = math.ceil(len(workloads) / COLUMNS)
    parts = []
    for number, workload in enumerate(workloads):
        x, y = number % COLUMNS * PANEL_WIDTH, number // COLUMNS * panel_height
        parts.append(f'<g transform="translate({x} {y})">{panel(workload, rows)}</g>')
    return image(TITLE, PANEL_WIDTH * COLUMNS, panel_height * lines, parts)


def panel(workload: str, rows: list[dict[str, str]]) -> str:
    """Draw a bar for each implementation that supports the workload."""
    name_column = next(iter(rows[0]))
    parts = [text(NAMES, 26, workload, "start")]
    for number, row in enumerate(rows):
        y = TOP + number * (BAR_HEIGHT + GAP)
        parts.append(text(NAMES - 8, y + 11, row[name_column], "end"))
        if not row[workload]:
            parts.append(text(NAMES, y + 11, "not supported", "start"))
            continue
        value = float(row[workload])
        length = value * (PANEL_WIDTH - NAMES - NUMBERS)
        colour = SERVICE if number == 0 else OTHER
        parts.append(f'<rect x="{NAMES}" y="{y}" width="{length:.1f}" height="{BAR_HEIGHT}" fill="{colour}"/>')
        parts.append(text(NAMES + length + 6, y + 11, f"{value:.2f}", "start"))
    return "\n".join(parts)


if __name__ == "__main__":
    main()
