"""Generates load with wrk and measures it."""

import json
import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from beds import PostgresBed, SqliteBed
from people import user_id
from processes import Server, cpu_seconds
from workloads import Credentials, Workload

SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class Measured:
    """One run. Times in milliseconds, CPU in seconds per 1,000 requests, memory in MiB. None if not measured."""

    rate: float
    p50: float | None = None
    p99: float | None = None
    cpu: float | None = None
    database_cpu: float | None = None
    memory: float | None = None
    errors: int = 0


@dataclass(frozen=True)
class Length:
    """The seconds of a measurement and of its warm-up, and the number of connections."""

    seconds: int
    warm: int
    connections: int = 32


class Generator:
    """Runs wrk with one thread. Each connection sends the next request after the response."""

    def __init__(self, folder: Path, credentials: Credentials):
        self.folder, self.credentials, self.seed = folder, credentials, 0

    def users(self, kind: str) -> Path:
        file = self.folder / f"users-{kind}"
        if not file.exists():
            lines = (f"{user_id(number)}\t{header}\n" for number, header in enumerate(self.credentials.of(kind)))
            file.write_text("".join(lines))
        return file

    def wrk(self, server: Server, workload: Workload, seconds: int, connections: int) -> dict:
        self.seed += 1
        length = f"Content-Type: application/json\r\nContent-Length: {len(workload.body)}\r\n" if workload.body else ""
        request = (
            f"{workload.method} {workload.path} HTTP/1.1\r\nHost: localhost\r\n{{credential}}\r\n{length}\r\n{workload.body}"
        )
        environment = os.environ | {
            "LOAD_REQUEST": request, "LOAD_USERS": str(self.users(workload.credential)), "LOAD_SEED": str(self.seed),
            "LOAD_TASKS": str(self.credentials.people.per_user),
        }  # fmt: skip
        url = f"http://127.0.0.1:{server.port}"
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT), url]
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
        for line in done.stdout.splitlines():
            if line.startswith("RESULT "):
                return json.loads(line.removeprefix("RESULT "))
        raise SystemExit(f"wrk printed no result: {done.stdout}{done.stderr}")

    def measure(self, server: Server, workload: Workload, length: Length, bed: PostgresBed | SqliteBed | None = None) -> Measured:
        """Measure a workload. If it creates rows in `bed`, each acknowledged but missing row counts as an error."""
        connections = length.connections
        if length.warm:
            self.wrk(server, workload, length.warm, connections)
        rows = bed.count() if bed and workload.name == "create" else None
        postgres = bed.cluster.process.pid if isinstance(bed, PostgresBed) else None
        before, before_in_database = server.cpu(), cpu_seconds(postgres) if postgres else 0
        result = self.wrk(server, workload, length.seconds, connections)
        thousands = max(result["requests"], 1) / 1_000
        measured = Measured(
            rate=result["requests"] / result["seconds"],
            p50=result["p50"],
            p99=result["p99"],
            cpu=(server.cpu() - before) / thousands,
            database_cpu=(cpu_seconds(postgres) - before_in_database) / thousands if postgres else None,
            memory=server.peak_memory(),
            errors=errors(result, workload),
        )
        if rows is None:
            return measured
        missing = max(result["requests"] - result["error_statuses"] - (bed.count() - rows), 0)
        return replace(measured, errors=measured.errors + missing)


def errors(result: dict, workload: Workload) -> int:
    error_statuses = result["error_statuses"]
    return result["io_errors"] + (result["requests"] - error_statuses if workload.status >= 400 else error_statuses)
