"""A temporary PostgreSQL server with durable commits."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

ROLE = "task_api"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "400",
    "shared_buffers": "256MB",
    # no background work during a measurement: the bench runs VACUUM and CHECKPOINT between measurements
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "8GB",
    "log_line_prefix": "%p|",
}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def program(name: str) -> str:
    """Return the path of a PostgreSQL program: from the PATH, or the newest version of Debian's packages."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    for folder in [*os.environ["PATH"].split(":"), *map(str, reversed(debian))]:
        # the folder must have initdb too, so all programs have the server's version
        if Path(folder, "initdb").exists() and Path(folder, name).exists():
            return str(Path(folder, name))
    raise SystemExit(f"{name} was not found: install PostgreSQL (Debian: apt-get install postgresql)")


class Cluster:
    """A server on a free port of 127.0.0.1, with an ordinary role for the service."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder / "postgres", free_port()
        self.folder.mkdir()
        self.log = folder / "postgres.log"
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        data = str(self.folder / "data")
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(as_user(program("initdb"), "-D", data, *options), check=True, capture_output=True)
        settings = SETTINGS | {"port": str(self.port), "unix_socket_directories": str(self.folder)}
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                as_user(program("postgres"), "-D", data, *arguments),
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        try:
            self.wait()
            self.sql(f"CREATE ROLE {ROLE} LOGIN")
            self.sql(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
        except BaseException:
            self.stop()
            raise

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while subprocess.run([program("pg_isready"), "-q", "-h", str(self.folder), "-p", str(self.port)], check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL did not start:\n{self.log.read_text()}")
            time.sleep(0.1)

    def url(self, schema: str) -> str:
        """Return the URL of a schema, with the service's role."""
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{ROLE}?options=-csearch_path%3D{schema}"

    def sql(self, *statements: str, schema: str | None = None, role: str = "postgres") -> str:
        """Run statements, each in its own transaction. Return the rows as text."""
        where = ["-h", str(self.folder), "-p", str(self.port), "-U", role, "-d", ROLE if schema else "postgres"]
        environment = os.environ | {"PGOPTIONS": f"-csearch_path={schema}" if schema else ""}
        commands = [word for statement in statements for word in ("-c", statement)]
        done = subprocess.run(
            [program("psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", *where, *commands],
            check=False, capture_output=True, text=True, env=environment,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{statements}: {done.stderr}")
        return done.stdout.strip()

    def version(self) -> str:
        return self.sql("SHOW server_version").split()[0]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # a fast shutdown
            self.process.wait()


def as_user(*command: str) -> list[str]:
    """Return the command as the user postgres if this process runs as root, which PostgreSQL rejects."""
    if os.getuid() != 0:
        return list(command)
    group = pwd.getpwnam("postgres").pw_gid
    return ["setpriv", "--reuid=postgres", f"--regid={group}", "--clear-groups", "--", *command]
