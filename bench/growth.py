#!/usr/bin/env python3
"""What becomes of throughput and latency when there is more of something: rows, users, connections, or a larger pool.

  bench/growth.py                        all curves, into docs/growth-*.svg; about ten minutes
  bench/growth.py --only rows,pool --databases sqlite --folder /tmp

Each point is the median of some short runs, relative to the first point of its curve. docs/performance.md says how to read them.
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
from run import ROOT, build, options_of, say, workshop
from workloads import WORKLOADS, Credentials, check_reading

DATABASES = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
ASKED = ("list", "create")


@dataclass(frozen=True)
class Point:
    """Where on a curve: how much there is of what grows."""

    x: int
    people: People
    connections: int = 32
    pool: int | None = None


@dataclass(frozen=True)
class Curve:
    """One thing that grows while all else stays."""

    title: str
    x_label: str
    points: list[Point]


def powers(first: int, last: int) -> list[int]:
    return [10**power for power in range(first, last + 1)]


USUAL = People(100, 1_000)
CURVES = {
    "rows": Curve(
        "More tasks of one user", "tasks of the user", [Point(rows, People(1, rows)) for rows in powers(2, 6)]
    ),
    "users": Curve(
        "More users, of ten tasks each", "users", [Point(users, People(users, 10)) for users in powers(2, 5)]
    ),
    "connections": Curve(
        "More connections", "connections", [Point(count, USUAL, connections=count) for count in (1, 4, 16, 64, 256, 512)]
    ),
    "pool": Curve(
        "A larger pool (POOL_SIZE), 32 connections", "POOL_SIZE", [Point(size, USUAL, pool=size) for size in (1, 2, 4, 8, 16, 32)]
    ),
}  # fmt: skip


class Growth:
    """The service on databases that are filled further from point to point."""

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
        """One with so many rows: a user's tasks are added to those that are there, more users begin anew."""
        bed = self.beds.get((database, people.users))
        if not bed or bed.people.per_user > people.per_user:
            name = f"growth_{database}_{len(self.beds)}"
            if database == "sqlite":
                bed = SqliteBed(self.folder / f"{name}.db", self.binary, settings(self.folder, {}))
            else:
                bed = PostgresBed(self.cluster, name, self.binary, settings(self.folder, {}), row_security=True)
            self.beds[database, people.users] = bed
        # what was created at the last point would be in the way
        bed.restore()
        if bed.people != people:
            bed.fill(people)
        return bed

    def generator(self, people: People) -> Generator:
        """A generator that has the users' credentials ready."""
        if people.users not in self.credentials:
            folder = self.folder / f"users-{people.users}"
            folder.mkdir()
            self.credentials[people.users] = (Credentials(people, self.signer), folder)
        credentials, folder = self.credentials[people.users]
        credentials.people = people
        return Generator(folder, credentials)

    def serve(self, bed: PostgresBed | SqliteBed, point: Point) -> Server:
        # a user may have all the rows that this is about
        environment = settings(self.folder, {"DATABASE_URL": bed.url, "TASK_QUOTA": "100000000"})
        if point.pool:
            environment["POOL_SIZE"] = str(point.pool)
        return Server([self.binary, "serve"], environment, self.folder / "service.log")

    def point(self, database: str, point: Point) -> Iterator[tuple[str, list[Measured]]]:
        bed, generator = self.bed(database, point.people), self.generator(point.people)
        length = Length(self.options.secs, self.options.warm, point.connections)
        with self.serve(bed, point) as server:
            check_reading(server, generator.credentials, DATABASES[database], kinds=("jwt",))
            for name in ASKED:
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
                    wrong = sum(run.errors for run in runs)
                    say(
                        f"{curve.x_label} {point.x:,}, {series}: {relative(rates[series])[-1][1]:.2f} of the first, {wrong} errors"
                    )
        panels = {"Throughput, of the first point's": rates, "99th percentile of latency, of the first point's": tails}
        lines = {what: [Series(name, relative(points)) for name, points in of.items()] for what, of in panels.items()}
        return draw(curve.title, [Panel(what, curve.x_label, series) for what, series in lines.items()])


def relative(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    first = points[0][1] or 1.0
    return [(x, y / first) for x, y in points]


def arguments() -> argparse.Namespace:
    parser = options_of(__doc__, CURVES, DATABASES, reps=3, secs=1)
    parser.add_argument("--folder", type=Path, default=ROOT / "docs", help="where the curves go (docs)")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    with workshop() as folder, ExitStack() as stack:
        growth = Growth(options, folder, stack)
        for name in options.only:
            file = options.folder / f"growth-{name}.svg"
            file.write_text(growth.curve(CURVES[name]))
            say(f"drawn: {file}")


if __name__ == "__main__":
    main()
