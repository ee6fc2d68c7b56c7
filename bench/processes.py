"""What runs while it is measured: the service, the server that has no database, and what they cost."""

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
# As many connections as the service has by default on so many cores; SQLite's read.
CONNECTIONS, READERS = min(max(CORES * 4, 4), 32), min(max(CORES * 2, 2), 16)


def settings(folder: Path, extra: dict[str, str]) -> dict[str, str]:
    """The service's environment: its defaults, but nobody asks too often, and requests are not logged."""
    ours = {
        "BETTER_AUTH_SECRET": SECRET, "JWKS_FILE": str(folder / "jwks.json"), "ENV_FILE": "/dev/null", "HOST": "127.0.0.1",
        "RATE_LIMIT": "off", "REFUSAL_LIMIT": "off", "RUST_LOG": "warn", "TASK_QUOTA": "1000000",
        "SHUTDOWN_TIMEOUT": "2s",
    }  # fmt: skip
    return {"PATH": os.environ["PATH"]} | ours | extra


class Server:
    """A process that serves HTTP on a free port of 127.0.0.1, until the block ends."""

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
                self.ask("GET", "/", [])
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{self.process.args[0]} does not serve:\n{self.log.read_text()}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def ask(self, method: str, path: str, headers: list[str], body: str = "") -> tuple[int, bytes]:
        """One request on a connection of its own; gives status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        fields = dict(header.split(": ", 1) for header in headers)
        if body:
            fields["Content-Type"] = "application/json"
        connection.request(method, path, body or None, fields)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def cpu(self) -> float:
        return cpu_seconds(self.process.pid)

    def peak_memory(self) -> float:
        """The most that it has held of the machine's memory since it was started, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024


def cpu_seconds(parent: int) -> float:
    """User and system time of a process and all its children, those that have ended too."""
    ticks = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # the name, in parentheses, may hold anything; behind it (proc(5)) come state, parent, …
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(folder.name) == parent:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == parent:
            ticks += sum(map(int, fields[11:13]))
    return ticks / TICKS
