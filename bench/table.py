"""Formats the results as a Markdown table."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from load import Measured


@dataclass
class Row:
    """A contestant's runs of a workload on a database, and the runs of its limits in the same repetitions."""

    workload: str
    database: str
    contestant: str
    runs: list[Measured] = field(default_factory=list)
    database_limit: list[Measured] = field(default_factory=list)
    http_limit: list[Measured] = field(default_factory=list)
    first: list[Measured] = field(default_factory=list)


Cell = Callable[[Row], str]


def median(values: Iterable[float], digits: int = 2) -> str:
    """Format the median, the minimum and the maximum."""
    values = list(values)
    if not values:
        return "–"
    middle = f"{statistics.median(values):,.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def plain(name: str, digits: int) -> Cell:
    return lambda row: median((value for run in row.runs if (value := getattr(run, name)) is not None), digits)


def ratio(name: str, limits: str) -> Cell:
    """Return a cell with the ratio to the limit of the same repetition, because the machine's speed varies."""

    def cell(row: Row) -> str:
        pairs = [(getattr(run, name), getattr(limit, name)) for run, limit in zip(row.runs, getattr(row, limits))]
        return median(value / limit for value, limit in pairs if value is not None and limit)

    return cell


def tail(runs: str) -> Cell:
    return lambda row: median((run.p99 / run.p50 for run in getattr(row, runs) if run.p50), 1)


def errors(row: Row) -> str:
    return str(sum(run.errors for run in row.runs))


SUBJECT: dict[str, Cell] = {"workload": lambda row: row.workload, "database": lambda row: row.database}
LIMITS: dict[str, Cell] = {
    "of the database's limit": ratio("rate", "database_limit"),
    "of HTTP's limit": ratio("rate", "http_limit"),
}
NUMBERS: dict[str, Cell] = {
    "requests/s": plain("rate", 0),
    "p50 ms": plain("p50", 2),
    "p99 ms": plain("p99", 2),
    "p99/p50": tail("runs"),
    "p99/p50 of HTTP's limit": tail("http_limit"),
    "CPU s/1,000": plain("cpu", 3),
    "PostgreSQL's CPU s/1,000": plain("database_cpu", 3),
    "peak MiB": plain("memory", 0),
    "errors": errors,
}
RATIOS: dict[str, Cell] = {
    "p99/p50": tail("runs"),
    "p99/p50 of HTTP's limit": tail("http_limit"),
    "CPU, of HTTP's limit": ratio("cpu", "http_limit"),
    "PostgreSQL's CPU, of its limit": ratio("database_cpu", "database_limit"),
    "memory, of HTTP's limit": ratio("memory", "http_limit"),
    "errors": errors,
}


def table(rows: list[Row], only_ratios: bool) -> str:
    contestants = list(dict.fromkeys(row.contestant for row in rows))
    columns, text_columns = dict(SUBJECT), len(SUBJECT)
    if len(contestants) > 1:
        columns["contestant"], text_columns = (lambda row: row.contestant), len(SUBJECT) + 1
        columns[f"of {contestants[0]}"] = ratio("rate", "first")
    columns |= LIMITS | (RATIOS if only_ratios else NUMBERS)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * text_columns + "---:|" * (len(columns) - text_columns)]
    lines += ["| " + " | ".join(cell(row) for cell in columns.values()) + " |" for row in rows]
    return "\n".join(lines)
