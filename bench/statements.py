"""Measures the databases without the service, with the service's own statements and rows."""

import json
import re
import subprocess
from pathlib import Path

from beds import PostgresBed, SqliteBed
from cluster import program
from load import Length, Measured
from people import FIRST_USER, TOKEN_OFFSET, People, session_token, user_id
from processes import CONNECTIONS, Server, cpu_seconds
from workloads import WORKLOADS, Credentials, Workload, send

# The text of a log line after the process id.
STATEMENT_LINE = re.compile(r"LOG:  (?:statement|execute [^:]+): (.*)")
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The text and its parameters. None is NULL.
Statement = tuple[str, dict[int, str | None]]
# pgbench sends an undefined variable as NULL.
PROLOGUE = """\\set n random(0, {last})
\\set k random(0, {last_of_user})
\\set user {first} + :n
\\set token {first_token} + :n
\\set id :n + 1 + {users} * :k
\\set uid random(1, 9000000000000000000)
"""


class Recorder:
    """Records the statements that a service sends to PostgreSQL, as pgbench scripts."""

    def __init__(self, folder: Path, bed: PostgresBed, credentials: Credentials):
        self.folder, self.bed, self.credentials, self.people = folder, bed, credentials, credentials.people

    def record(self, server: Server, workload: Workload) -> Path:
        number = self.people.users // 3
        task = self.people.newest(number, self.people.per_user)[-1]
        # takes the shortest recording: a new connection and a user's first create need more statements
        recorded = min((self.capture(server, workload, number, task) for _ in range(2 * CONNECTIONS)), key=len)
        known = {user_id(number): "user", session_token(number): "token", str(task): "id"}
        script, constants = "", {}
        for text, values in recorded:
            script += self.line(text, values, known, constants) + ";\n"
        file = self.folder / f"{workload.name}.pgbench"
        file.write_text(prologue(self.people) + script)
        file.with_suffix(".json").write_text(json.dumps(constants))
        return file

    def capture(self, server: Server, workload: Workload, number: int, task: int) -> list[Statement]:
        """Return the statements of one request. PostgreSQL logs them before the response."""
        log = self.bed.cluster.log
        begin = log.stat().st_size
        status, body = send(server, workload, self.credentials, number, task)
        if status != workload.status:
            raise SystemExit(f"{workload.name}: {status} {body!r}")
        return statements(log.read_bytes()[begin:].decode(), {user_id(number), session_token(number)})

    @staticmethod
    def line(text: str, values: dict[int, str | None], known: dict[str, str], constants: dict[str, str]) -> str:
        """Return a statement with a pgbench variable for each parameter."""
        if re.search(r"(?<!:):[A-Za-z]", text):
            raise SystemExit(f"pgbench would read a part of this statement as a variable: {text}")

        def variable(match: re.Match) -> str:
            value = values.get(int(match[1]))
            name = known.get(value, "uid" if value and UUID.fullmatch(value) else None)
            if name is None:
                name = f"c{len(constants)}" if value is not None else "nothing"
                if value is not None:
                    constants[name] = value
            return f":{name}"

        return re.sub(r"\$(\d+)", variable, text)


def prologue(people: People) -> str:
    return PROLOGUE.format(
        last=people.users - 1,
        last_of_user=people.per_user - 1,
        users=people.users,
        first=FIRST_USER,
        first_token=FIRST_USER + TOKEN_OFFSET,
    )


def statements(log: str, marks: set[str]) -> list[Statement]:
    """Return the statements of the log's sessions that have one of these values as a parameter."""
    sessions: dict[str, list[Statement]] = {}
    for line in log.splitlines():
        session, _, text = line.partition("|")
        session_statements = sessions.setdefault(session, [])
        if match := STATEMENT_LINE.match(text):
            session_statements.append((match[1], {}))
        elif text.startswith("DETAIL:  parameters: ") and session_statements:
            for number, value in PARAMETER.findall(text):
                session_statements[-1][1][int(number)] = None if value == "NULL" else value[1:-1].replace("''", "'")
    matching = [found for found in sessions.values() if any(marks & set(values.values()) for _, values in found)]
    return [statement for found in matching for statement in found]


def command(script: Path, clients: int) -> list[str]:
    constants = json.loads(script.with_suffix(".json").read_text())
    defined = [word for name, value in constants.items() for word in ("-D", f"{name}={value}")]
    return [program("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-f", str(script), *defined]


def run_pgbench(bed: PostgresBed, words: list[str]) -> str:
    done = subprocess.run([*words, bed.url], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def check_script(bed: PostgresBed, script: Path) -> None:
    """Check that each statement returns rows, which pgbench does not check. Without rows, the division or \\gset fails."""
    text = re.sub(r"^(SELECT .*);$", r"SELECT 1 / count(*) FROM (\1) AS found;", script.read_text(), flags=re.MULTILINE)
    text = re.sub(r"^((?:WITH|INSERT|UPDATE) .*);$", r"\1 \\gset", text, flags=re.MULTILINE)
    check = script.with_name(f"check-{script.name}")
    check.write_text(text)
    check.with_suffix(".json").write_text(script.with_suffix(".json").read_text())
    run_pgbench(bed, [*command(check, 1), "-t", "20"])


def pgbench(bed: PostgresBed, script: Path, clients: int, length: Length) -> Measured:
    """Run `pgbench -M prepared` with the service's role and schema."""
    words = command(script, clients)
    if length.warm:
        run_pgbench(bed, [*words, "-T", str(length.warm)])
    server = bed.cluster.process.pid
    before = cpu_seconds(server)
    output = run_pgbench(bed, [*words, "-T", str(length.seconds)])
    transactions = int(re.search(r"transactions actually processed: (\d+)", output)[1])
    thousands = max(transactions, 1) / 1_000
    rate = re.search(r"tps = ([\d.]+)", output)  # missing without transactions
    return Measured(rate=float(rate[1]) if rate else 0.0, database_cpu=(cpu_seconds(server) - before) / thousands)


def sqlite_script(workload: Workload) -> Path:
    """Return the file with the SQLite statements, which are written by hand."""
    return Path(__file__).parent / "sqlite" / f"{workload.like or workload.name}.sql"


def check_sqlite_script(bed: PostgresBed, workload: Workload, recorded: Path) -> None:
    """Check that the SQLite statements use the same columns as the service's statements."""
    columns = bed.sql("SELECT attname FROM pg_attribute WHERE attrelid = 'tasks'::regclass AND attnum > 0").split()
    used = [set(re.findall(r"\w+", file.read_text())) & set(columns) for file in (recorded, sqlite_script(workload))]
    if used[0] != used[1]:
        raise SystemExit(f"{sqlite_script(workload)} and the service use different columns: {used[0] ^ used[1]}")


def sqlite_loop(binary: Path, bed: SqliteBed, workload: Workload, length: Length, readers: int) -> Measured:
    """Run the same statements on as many connections as the service has. Workloads that write use one connection."""
    threads, people = 1 if workload.writes else readers, bed.people
    numbers = [threads, length.seconds, length.warm, FIRST_USER, people.users, people.per_user]
    words = [str(binary), "sqlite", str(bed.file), str(sqlite_script(workload)), *map(str, numbers)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the SQLite loop failed: {done.stderr}")
    result = json.loads(done.stdout)
    return Measured(rate=result["rounds"] / result["seconds"])


def record_all(server: Server, recorder: Recorder) -> dict[str, Path]:
    """Record and check a script for each workload that touches rows."""
    workloads = [workload for workload in WORKLOADS.values() if workload.touches_rows]
    scripts = {workload.name: recorder.record(server, workload) for workload in workloads}
    for name, script in scripts.items():
        check_script(recorder.bed, script)
        check_sqlite_script(recorder.bed, WORKLOADS[name], script)
    return scripts
