"""Server processes, and their CPU time and memory."""

import http.client
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

from cluster import free_port
from people import SECRET

TICKS = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0))
# The service's default pool sizes for this number of cores: PostgreSQL, and SQLite's read connections.
CONNECTIONS, READERS = min(max(CORES * 4, 4), 32), min(max(CORES * 2, 2), 16)


def settings(folder: Path, extra: dict[str, str]) -> dict[str, str]:
    """Return the service's environment: defaults, but without rate limits and access log, and with a large quota."""
    ours = {
        "BETTER_AUTH_SECRET": SECRET, "JWKS_FILE": str(folder / "jwks.json"), "ENV_FILE": "/dev/null", "HOST": "127.0.0.1",
        "RATE_LIMIT": "off", "REFUSAL_LIMIT": "off", "RUST_LOG": "warn", "TASK_QUOTA": "1000000",
        "SHUTDOWN_TIMEOUT": "2s",
    }  # fmt: skip
    return {"PATH": os.environ["PATH"]} | ours | extra


class Server:
    """An HTTP server process on a free port of 127.0.0.1. The context manager stops it."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path):
        self.port, self.log = free_port(), log
        command = [word.replace("PORT", str(self.port)) for word in command]
        with log.open("w") as out:
            self.process = subprocess.Popen(
                command, env=environment | {"PORT": str(self.port)}, cwd=log.parent,
                stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> Self:
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                self.send("GET", "/", [])
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{self.process.args[0]} did not start:\n{self.log.read_text()}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def send(self, method: str, path: str, headers: list[str], body: str = "") -> tuple[int, bytes]:
        """Send one request on a new connection. Return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        fields = dict(header.split(": ", 1) for header in headers)
        if body:
            fields["Content-Type"] = "application/json"
        connection.request(method, path, body or None, fields)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, content

    def cpu(self) -> float:
        return cpu_seconds(self.process.pid)

    def peak_memory(self) -> float:
        """Return the peak resident memory since the start, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024


def cpu_seconds(parent: int) -> float:
    """Return the user and system time of a process and its children, including children that have ended."""
    ticks = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # the name in parentheses may contain any character; state, parent, … follow it (proc(5))
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # the process has ended
        if int(folder.name) == parent:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == parent:
            ticks += sum(map(int, fields[11:13]))
    return ticks / TICKS
