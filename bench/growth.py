#!/usr/bin/env python3
"""Measures throughput and latency for growing numbers of rows, users and connections, and for growing pools.

  bench/growth.py                        draw all curves in docs/growth-*.svg, about ten minutes
  bench/growth.py --only rows,pool --databases sqlite --folder /tmp

Each point is the median of several short runs, relative to the first point of its curve. docs/performance.md explains the curves.
"""

import argparse
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from beds import PostgresBed, SqliteBed
from cluster import Cluster
from curve import Panel, Series, draw
from load import Generator, Length, Measured
from people import People, Signer
from processes import Server, settings
from run import ROOT, build, create_parser, log, workshop
from workloads import WORKLOADS, Credentials, check_reading

DATABASES = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
MEASURED_WORKLOADS = ("list", "create")


@dataclass(frozen=True)
class Point:
    """A point of a curve: the growing value, and the setup."""

    x: int
    people: People
    connections: int = 32
    pool: int | None = None


@dataclass(frozen=True)
class Curve:
    """A curve along which one value grows and all others stay constant."""

    title: str
    x_label: str
    points: list[Point]


def powers(first: int, last: int) -> list[int]:
    return [10**power for power in range(first, last + 1)]


DEFAULT_PEOPLE = People(100, 1_000)
CURVES = {
    "rows": Curve(
        "More tasks of one user", "tasks of the user", [Point(rows, People(1, rows)) for rows in powers(2, 6)]
    ),
    "users": Curve(
        "More users, of ten tasks each", "users", [Point(users, People(users, 10)) for users in powers(2, 5)]
    ),
    "connections": Curve(
        "More connections", "connections", [Point(count, DEFAULT_PEOPLE, connections=count) for count in (1, 4, 16, 64, 256, 512)]
    ),
    "pool": Curve(
        "A larger pool (POOL_SIZE), 32 connections", "POOL_SIZE", [Point(size, DEFAULT_PEOPLE, pool=size) for size in (1, 2, 4, 8, 16, 32)]
    ),
}  # fmt: skip


class Growth:
    """Measures the service on databases that grow from point to point."""

    def __init__(self, options: argparse.Namespace, folder: Path, stack: ExitStack):
        self.options, self.folder, self.signer = options, folder, Signer(folder)
        self.binary, _ = build()
        (folder / "jwks.json").write_text(self.signer.key_set())
        self.cluster = None
        if "postgres" in options.databases:
            self.cluster = Cluster(folder)
            stack.callback(self.cluster.stop)
        self.beds: dict[tuple, PostgresBed | SqliteBed] = {}
        self.credentials: dict[int, tuple[Credentials, Path]] = {}

    def bed(self, database: str, people: People) -> PostgresBed | SqliteBed:
        """Return a database with this number of rows. More tasks extend a database; more users need a new one."""
        bed = self.beds.get((database, people.users))
        if not bed or bed.people.per_user > people.per_user:
            name = f"growth_{database}_{len(self.beds)}"
            if database == "sqlite":
                bed = SqliteBed(self.folder / f"{name}.db", self.binary, settings(self.folder, {}))
            else:
                bed = PostgresBed(self.cluster, name, self.binary, settings(self.folder, {}), row_security=True)
            self.beds[database, people.users] = bed
        # deletes the rows created at the previous point
        bed.restore()
        if bed.people != people:
            bed.fill(people)
        return bed

    def generator(self, people: People) -> Generator:
        """Return a generator with the users' credentials."""
        if people.users not in self.credentials:
            folder = self.folder / f"users-{people.users}"
            folder.mkdir()
            self.credentials[people.users] = (Credentials(people, self.signer), folder)
        credentials, folder = self.credentials[people.users]
        credentials.people = people
        return Generator(folder, credentials)

    def serve(self, bed: PostgresBed | SqliteBed, point: Point) -> Server:
        # a quota above all row counts of the curves
        environment = settings(self.folder, {"DATABASE_URL": bed.url, "TASK_QUOTA": "100000000"})
        if point.pool:
            environment["POOL_SIZE"] = str(point.pool)
        return Server([self.binary, "serve"], environment, self.folder / "service.log")

    def point(self, database: str, point: Point) -> Iterator[tuple[str, list[Measured]]]:
        bed, generator = self.bed(database, point.people), self.generator(point.people)
        length = Length(self.options.secs, self.options.warm, point.connections)
        with self.serve(bed, point) as server:
            check_reading(server, generator.credentials, DATABASES[database], kinds=("jwt",))
            for name in MEASURED_WORKLOADS:
                runs = [generator.measure(server, WORKLOADS[name], length, bed)]
                short = replace(length, warm=0)
                runs += [generator.measure(server, WORKLOADS[name], short, bed) for _ in range(self.options.reps - 1)]
                yield name, runs

    def curve(self, curve: Curve) -> str:
        rates: dict[str, list[tuple[float, float]]] = {}
        tails: dict[str, list[tuple[float, float]]] = {}
        for database in self.options.databases:
            for point in curve.points:
                for name, runs in self.point(database, point):
                    series = f"{DATABASES[database]}, {WORKLOADS[name].method}"
                    rates.setdefault(series, []).append((point.x, statistics.median(run.rate for run in runs)))
                    tails.setdefault(series, []).append((point.x, statistics.median(run.p99 for run in runs)))
                    count = sum(run.errors for run in runs)
                    log(
                        f"{curve.x_label} {point.x:,}, {series}: {relative(rates[series])[-1][1]:.2f} of the first, {count} errors"
                    )
        panels = {"Throughput, relative to the first point": rates, "p99 latency, relative to the first point": tails}
        lines = {title: [Series(name, relative(points)) for name, points in panel.items()] for title, panel in panels.items()}
        return draw(curve.title, [Panel(title, curve.x_label, series) for title, series in lines.items()])


def relative(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    first = points[0][1] or 1.0
    return [(x, y / first) for x, y in points]


def arguments() -> argparse.Namespace:
    parser = create_parser(__doc__, CURVES, DATABASES, reps=3, secs=1)
    parser.add_argument("--folder", type=Path, default=ROOT / "docs", help="the output folder (docs)")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    with workshop() as folder, ExitStack() as stack:
        growth = Growth(options, folder, stack)
        for name in options.only:
            file = options.folder / f"growth-{name}.svg"
            file.write_text(growth.curve(CURVES[name]))
            log(f"wrote {file}")


if __name__ == "__main__":
    main()
