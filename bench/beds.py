"""Filled databases (test beds), one per contestant."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from cluster import ROLE, Cluster
from people import FIRST_USER, TOKEN_OFFSET, People

TABLES = """
CREATE TABLE "user" (id text NOT NULL PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE,
    "emailVerified" {flag} NOT NULL, image text, "createdAt" {date} NOT NULL, "updatedAt" {date} NOT NULL);
CREATE TABLE session (id text NOT NULL PRIMARY KEY, "expiresAt" {date} NOT NULL, token text NOT NULL UNIQUE,
    "createdAt" {date} NOT NULL, "updatedAt" {date} NOT NULL, "ipAddress" text, "userAgent" text,
    "userId" text NOT NULL REFERENCES "user" (id) ON DELETE CASCADE);
CREATE INDEX "session_userId_idx" ON session ("userId");
"""
USERS = """
INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
SELECT {user}, 'User ' || n, 'user' || n || '@example.com', {true}, {now}, {now} FROM {numbers};
INSERT INTO session (id, "expiresAt", token, "createdAt", "updatedAt", "userId")
SELECT 'session' || n, {later}, {token}, {now}, {now}, {user} FROM {numbers};
"""
# The rows of the users are interleaved, as if created over time.
TASKS = """
INSERT INTO tasks (id, user_id, uid, title, title_folded, description, description_folded, priority, tags, created_at, updated_at)
{overriding} SELECT n, {user}, 'seed-' || n, 'Task number ' || n, 'task number ' || n,
    'What there is to be said about task ' || n || ', at some length', 'what there is to be said about task ' || n || ', at some length',
    n % 4, '["home"]', {created}, {created} FROM {numbers}
"""
# The number of tasks of each user, on builds with a change feed.
STATE = """
INSERT INTO user_state (user_id, tasks) SELECT user_id, count(*) FROM tasks WHERE TRUE GROUP BY user_id
ON CONFLICT (user_id) DO UPDATE SET tasks = excluded.tasks
"""


def migrate(binary: str, url: str, environment: dict[str, str]) -> None:
    command = [binary, "migrate", "run"]
    done = subprocess.run(command, check=False, env=environment | {"DATABASE_URL": url}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{binary} migrate run: {done.stderr}")


class PostgresBed:
    """A PostgreSQL schema, with or without the row-level security of the migrations."""

    def __init__(self, cluster: Cluster, name: str, binary: str, environment: dict[str, str], row_security: bool):
        self.cluster, self.schema, self.people = cluster, name, People(0, 0)
        self.url = cluster.url(name)
        cluster.sql(f"CREATE SCHEMA {name} AUTHORIZATION {ROLE}", schema="public")
        migrate(binary, self.url, environment)
        cluster.sql(TABLES.format(flag="boolean", date="timestamptz"), schema=name, role=ROLE)
        if not row_security:
            for table in ("tasks", "idempotent_answers"):
                self.sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def sql(self, *statements: str) -> str:
        return self.cluster.sql(*statements, schema=self.schema)

    def fill(self, people: People) -> None:
        """Insert the missing users and tasks."""
        words = {
            "true": "TRUE", "now": "now()", "later": "now() + interval '30 days'",
            "token": f"({FIRST_USER + TOKEN_OFFSET} + n)::text", "overriding": "OVERRIDING SYSTEM VALUE",
            "created": "timestamp '2020-01-01' + n * interval '1 minute'",
        }  # fmt: skip
        series = "generate_series({}, {}) AS numbers (n)".format
        users = series(self.people.users, people.users - 1)
        self.sql(USERS.format(user=f"({FIRST_USER} + n)::text", numbers=users, **words))
        user = f"({FIRST_USER} + (n - 1) % {people.users})::text"
        # without the triggers that keep the users' state for instances of an older version
        self.sql("SET session_replication_role = replica; " + TASKS.format(
            user=user, numbers=series(self.people.tasks + 1, people.tasks), **words))  # fmt: skip
        self.people = people
        self.restore()
        self.sql("VACUUM ANALYZE session", 'VACUUM ANALYZE "user"')

    def restore(self) -> None:
        """Delete rows created by a measurement, and complete pending maintenance."""
        last = self.people.tasks
        restart = f"SELECT setval(pg_get_serial_sequence('tasks', 'id'), {last + 1}, false)"
        delete = f"SET session_replication_role = replica; DELETE FROM tasks WHERE id > {last}"
        self.sql(delete, restart, "REINDEX TABLE tasks", "VACUUM ANALYZE tasks")
        if self.sql("SELECT to_regclass('user_state') IS NOT NULL") == "t":
            self.sql(STATE, "VACUUM ANALYZE user_state")
        self.sql("CHECKPOINT")

    def count(self) -> int:
        return int(self.sql("SELECT count(*) FROM tasks"))

    def row(self, task: int) -> tuple[str, str]:
        """Return a task's owner and title."""
        owner, _, title = self.sql(f"SELECT user_id, title FROM tasks WHERE id = {task}").partition("|")
        return owner, title


class SqliteBed:
    """A SQLite file."""

    def __init__(self, file: Path, binary: str, environment: dict[str, str]):
        self.file, self.people, self.url = file, People(0, 0), f"sqlite:{file}"
        migrate(binary, self.url, environment)
        self.script(TABLES.format(flag="integer", date="date"))

    def script(self, text: str) -> None:
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            connection.executescript(f"PRAGMA busy_timeout = 10000; {text}")

    def query(self, text: str) -> tuple:
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(text).fetchone() or ()

    def fill(self, people: People) -> None:
        """Insert the missing users and tasks."""
        iso = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now'{})".format
        words = {
            "true": "1", "now": iso(""), "later": iso(", '30 days'"), "token": f"CAST({FIRST_USER + TOKEN_OFFSET} + n AS text)",
            "overriding": "", "created": "strftime('%Y-%m-%d %H:%M:%S', '2020-01-01', n || ' minutes')",
        }  # fmt: skip
        series = (
            "(WITH RECURSIVE numbers (n) AS (SELECT {0} WHERE {0} <= {1} UNION ALL SELECT n + 1 FROM numbers WHERE n < {1}) "
            "SELECT n FROM numbers)"
        ).format
        users = series(self.people.users, people.users - 1)
        self.script(f"BEGIN; {USERS.format(user=f'CAST({FIRST_USER} + n AS text)', numbers=users, **words)} COMMIT;")
        user = f"CAST({FIRST_USER} + (n - 1) % {people.users} AS text)"
        self.script(TASKS.format(user=user, numbers=series(self.people.tasks + 1, people.tasks), **words))
        self.people = people
        self.restore()

    def restore(self) -> None:
        """Delete rows created by a measurement, and complete pending maintenance."""
        last = self.people.tasks
        restart = f"UPDATE sqlite_sequence SET seq = {last} WHERE name = 'tasks'"
        has_state = self.query("SELECT count(*) FROM sqlite_master WHERE name = 'user_state'")[0]
        state = f"DELETE FROM tombstones; {STATE};" if has_state else ""
        self.script(f"DELETE FROM tasks WHERE id > {last}; {state} {restart}; PRAGMA wal_checkpoint(TRUNCATE);")

    def count(self) -> int:
        return self.query("SELECT count(*) FROM tasks")[0]

    def row(self, task: int) -> tuple[str, str]:
        """Return a task's owner and title."""
        return self.query(f"SELECT user_id, title FROM tasks WHERE id = {task}")
