#!/usr/bin/env python3
"""Measures the service and its limits with the same load and the same rows, in turn.

  bench/run.py                                 run all workloads, about 25 minutes
  bench/run.py --check                         only check the responses
  bench/run.py --reps 1 --secs 1 --only list   a short run
  bench/run.py --other ../old/task-api=before  compare with another build
  bench/run.py --ratios                        omit machine-dependent numbers

docs/performance.md explains the table. Requirements: Linux, Rust, wrk, openssl, and PostgreSQL with pgbench.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from beds import PostgresBed, SqliteBed
from cluster import ROLE, Cluster
from load import Generator, Length, Measured
from people import People, Signer
from processes import CORES, READERS, Server, settings
from statements import Recorder, pgbench, record_all, sqlite_loop
from table import Row, table
from workloads import WORKLOADS, Credentials, check_reading, check_single, send

ROOT = Path(__file__).resolve().parent.parent
DATABASES = {
    "postgres": "PostgreSQL, row-level security",
    "postgres-open": "PostgreSQL, without",
    "sqlite": "SQLite",
}
LIMITS = "the limits"


def build() -> tuple[str, Path]:
    """Build the service and the limits in release mode. Return the paths of both programs."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", str(target)]
    subprocess.run(command, cwd=ROOT, check=True)
    subprocess.run([*command, "--manifest-path", "bench/limits/Cargo.toml"], cwd=ROOT, check=True)
    return str(target / "release" / "task-api"), target / "release" / "limits"


@contextmanager
def workshop(keep: bool = False):
    """Create a temporary folder, and delete it at the end, also after SIGINT, SIGTERM and SIGHUP."""
    for needed in ("wrk", "openssl"):
        if not shutil.which(needed):
            raise SystemExit(f"{needed} was not found: install it (Debian: apt-get install {needed})")
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, lambda number, _: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="task-api-bench-"))
    folder.chmod(0o755)  # lets the user postgres enter
    try:
        yield folder
    finally:
        if keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


class Bench:
    """Measures contestants (builds of the service) and their limits. Each contestant has its own databases."""

    def __init__(self, options: argparse.Namespace, folder: Path, stack: ExitStack):
        self.options, self.folder, self.stack = options, folder, stack
        self.binaries, self.limits, self.scripts = {}, Path(), {}
        self.length = Length(options.secs, options.warm, options.connections)
        self.people, self.rows = People(), {}

    def prepare(self) -> None:
        binary, self.limits = build()
        self.binaries = {"task-api": binary}
        for other in self.options.other:
            path, _, label = other.partition("=")
            self.binaries[label or path] = str(Path(path).resolve())
        signer = Signer(self.folder)
        (self.folder / "jwks.json").write_text(signer.key_set())
        self.credentials = Credentials(self.people, signer)
        self.cluster = None
        if any(name.startswith("postgres") for name in self.options.databases):
            self.cluster = Cluster(self.folder)
            self.stack.callback(self.cluster.stop)
        self.generator = Generator(self.folder, self.credentials)
        self.beds = {
            (database, label): self.bed(database, label, f"bed{number}")
            for database in self.options.databases
            for number, label in enumerate([*self.binaries, LIMITS])
        }
        self.check()
        self.record()
        self.handler = self.stack.enter_context(self.start_handler())

    def bed(self, database: str, label: str, name: str) -> PostgresBed | SqliteBed:
        log(f"filling {DATABASES[database]} for {label}")
        binary, environment = self.binary(label), settings(self.folder, self.options.set)
        name = f"{name}_{database.replace('-', '_')}"
        if database == "sqlite":
            bed = SqliteBed(self.folder / f"{name}.db", binary, environment)
        else:
            bed = PostgresBed(self.cluster, name, binary, environment, row_security=database == "postgres")
        bed.fill(self.people)
        return bed

    def binary(self, label: str) -> str:
        """Return a contestant's program. The limits use the program of the first contestant."""
        return self.binaries.get(label) or next(iter(self.binaries.values()))

    def serve(self, database: str, label: str) -> Server:
        environment = settings(self.folder, self.options.set) | {"DATABASE_URL": self.beds[database, label].url}
        return Server([self.binary(label), "serve"], environment, self.folder / f"service-{database}.log")

    def check(self) -> None:
        """Check all responses. Store a list response of the first contestant for the server without a database."""
        stored = self.folder / "tasks.json"
        for label in self.binaries:
            for database in self.options.databases:
                name = f"{label} on {DATABASES[database]}"
                with self.serve(database, label) as server:
                    check_reading(server, self.credentials, name)
                    if not stored.exists():
                        stored.write_bytes(send(server, WORKLOADS["list"], self.credentials, 0)[1])
                    check_single(server, self.credentials, name, self.beds[database, label])
                log(f"{name}: all responses are correct")

    def record(self) -> None:
        """Record the statements that the first contestant sends to PostgreSQL."""
        for database in self.options.databases:
            bed = self.beds[database, LIMITS]
            if isinstance(bed, PostgresBed):
                folder = self.folder / f"scripts-{database}"
                folder.mkdir()
                self.cluster.sql(f"ALTER ROLE {ROLE} SET log_statement = 'all'")
                with self.serve(database, LIMITS) as server:
                    self.scripts[database] = record_all(server, Recorder(folder, bed, self.credentials))
                self.cluster.sql(f"ALTER ROLE {ROLE} RESET log_statement")

    @contextmanager
    def start_handler(self):
        """Start the server without a database. Its list response is identical to the service's."""
        name, response = "the server without a database", self.folder / "tasks.json"
        command = [str(self.limits), "http", "PORT", str(CORES), str(response)]
        with Server(command, settings(self.folder, {}), self.folder / "limits.log") as server:
            check_reading(server, self.credentials, name, kinds=("jwt",), has_rows=False)
            check_single(server, self.credentials, name)
            if send(server, WORKLOADS["list"], self.credentials, 0)[1] != response.read_bytes():
                raise SystemExit(f"{name} returns another list than the service")
            log(f"{name}: all responses are correct")
            yield server

    def repeat(self) -> None:
        for repetition in range(self.options.reps):
            for database in self.options.databases:
                self.measure(repetition, database)

    def measure(self, repetition: int, database: str) -> None:
        """Run one repetition on one database: each workload on all contestants and limits, in rotating order."""
        for label in [*self.binaries, LIMITS]:
            self.beds[database, label].restore()
        handler: dict[str, Measured] = {}
        with ExitStack() as servers:
            running = {label: servers.enter_context(self.serve(database, label)) for label in self.binaries}
            for name in self.options.only:
                workload = WORKLOADS[name]
                if not workload.touches_rows and database != self.options.databases[0]:
                    continue
                outcomes: dict[str, Measured | None] = {}
                for contestant in rotated([*running, "database", "http"], repetition):
                    if contestant == "database":
                        outcome = self.database_limit(database, name)
                    elif contestant == "http":
                        limit = WORKLOADS[workload.limit or name]
                        outcome = handler.get(limit.name) or self.generator.measure(self.handler, limit, self.length)
                        handler[limit.name] = outcome
                    else:
                        bed = self.beds[database, contestant]
                        outcome = self.generator.measure(running[contestant], workload, self.length, bed)
                    outcomes[contestant] = outcome
                    report(repetition, database, name, contestant, outcome)
                self.add_rows(database, name, outcomes)

    def database_limit(self, database: str, name: str) -> Measured | None:
        bed = self.beds[database, LIMITS]
        if not WORKLOADS[name].touches_rows:
            return None
        if isinstance(bed, SqliteBed):
            readers = int(self.options.set.get("POOL_SIZE", READERS))
            return sqlite_loop(self.limits, bed, WORKLOADS[name], self.length, readers)
        return pgbench(bed, self.scripts[database][name], self.options.clients, self.length)

    def add_rows(self, database: str, name: str, outcomes: dict[str, Measured | None]) -> None:
        workload = WORKLOADS[name]
        title = DATABASES[database] if workload.touches_rows else "none"
        first = outcomes[next(iter(self.binaries))]
        for label in self.binaries:
            row = self.rows.setdefault((name, database, label), Row(workload.title, title, label))
            row.runs.append(outcomes[label])
            row.http_limit.append(outcomes["http"])
            row.first.append(first)
            if outcomes["database"]:
                row.database_limit.append(outcomes["database"])

    def header(self) -> str:
        options, parts = self.options, [f"commit {commit()}", f"{CORES} cores"]
        parts += [f"{options.reps} repetitions of {options.secs} s each", f"{options.connections} connections"]
        if self.cluster:
            parts.append(f"PostgreSQL {self.cluster.version()}, pgbench with {options.clients} clients")
        parts += [f"files on {filesystem(self.folder)}", *(f"{name}={value}" for name, value in options.set.items())]
        return ", ".join(parts)

    def result(self) -> str:
        order = [(name, database, label) for name in WORKLOADS for database in DATABASES for label in self.binaries]
        rows = [self.rows[key] for key in order if key in self.rows]
        return f"{self.header()}\n\n{table(rows, self.options.ratios)}"


def rotated(contestants: list[str], by: int) -> list[str]:
    by %= len(contestants)
    return contestants[by:] + contestants[:by]


def commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], check=False, cwd=ROOT, capture_output=True, text=True).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + (" with changes" if git("status", "--porcelain") else "")


def filesystem(folder: Path) -> str:
    done = subprocess.run(["stat", "-f", "-c", "%T", str(folder)], check=False, capture_output=True, text=True)
    return done.stdout.strip()


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def report(repetition: int, database: str, name: str, contestant: str, outcome: Measured | None) -> None:
    if outcome:
        log(f"{repetition + 1} {database:14} {name:8} {contestant:10} {outcome.rate:9,.0f}/s, {outcome.errors} errors")


def name_list(known: dict) -> object:
    def read(text: str) -> list[str]:
        chosen = text.split(",")
        if unknown := set(chosen) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: must be one of {', '.join(known)}")
        return [name for name in known if name in chosen]

    return read


def create_parser(description: str, things: dict, databases: dict, reps: int, secs: int) -> argparse.ArgumentParser:
    """Return a parser with the options that run.py and growth.py share."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reps", type=int, default=reps, help=f"number of repetitions; the table has their medians ({reps})")
    parser.add_argument("--secs", type=int, default=secs, help=f"seconds per measurement ({secs})")
    parser.add_argument("--warm", type=int, default=1, help="seconds of warm-up before a measurement (1)")
    parser.add_argument("--only", type=name_list(things), default=list(things), help=f"some of {','.join(things)}")
    parser.add_argument("--databases", type=name_list(databases), default=list(databases), help=f"some of {','.join(databases)}")
    return parser


def arguments() -> argparse.Namespace:
    parser = create_parser(__doc__, WORKLOADS, DATABASES, reps=5, secs=4)
    parser.add_argument("--connections", type=int, default=32, help="connections of the load generator (32)")
    parser.add_argument("--clients", type=int, default=16, help="connections of pgbench (16)")
    parser.add_argument("--other", action="append", default=[], metavar="BINARY[=LABEL]", help="another build to measure")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a setting of the service")
    parser.add_argument("--ratios", action="store_true", help="print only ratios")
    parser.add_argument("--check", action="store_true", help="only check the responses")
    parser.add_argument("--keep", action="store_true", help="keep the folder with databases and logs")
    options = parser.parse_args()
    options.set = dict(pair.split("=", 1) for pair in options.set)
    return options


def main() -> None:
    options = arguments()
    with workshop(options.keep) as folder, ExitStack() as stack:
        bench = Bench(options, folder, stack)
        bench.prepare()
        if not options.check:
            bench.repeat()
            print(bench.result())


if __name__ == "__main__":
    main()
