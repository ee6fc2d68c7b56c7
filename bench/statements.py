"""What the databases give by themselves, asked for the same rows by the service's own statements."""

import json
import re
import subprocess
from pathlib import Path

from beds import PostgresBed, SqliteBed
from cluster import program
from load import Length, Measured
from people import FIRST, TO_TOKEN, People, session_token, user_id
from processes import CONNECTIONS, Server, cpu_seconds
from workloads import WORKLOADS, Credentials, Workload, ask

# Of one process's line in the log, behind its number.
SENT = re.compile(r"LOG:  (?:statement|execute [^:]+): (.*)")
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The text and its parameters; None is NULL.
Statement = tuple[str, dict[int, str | None]]
# pgbench sends a variable that there is not as NULL.
PROLOGUE = """\\set n random(0, {last})
\\set k random(0, {last_of_user})
\\set user {first} + :n
\\set token {first_token} + :n
\\set id :n + 1 + {users} * :k
\\set uid random(1, 9000000000000000000)
"""


class Recorder:
    """Writes the statements down that a service sends to PostgreSQL, as scripts of pgbench."""

    def __init__(self, folder: Path, bed: PostgresBed, credentials: Credentials):
        self.folder, self.bed, self.credentials, self.people = folder, bed, credentials, credentials.people

    def record(self, server: Server, workload: Workload) -> Path:
        number = self.people.users // 3
        task = self.people.newest(number, self.people.per_user)[-1]
        # a new connection, or the first create of a user, takes more statements than all that follow
        found = min((self.hear(server, workload, number, task) for _ in range(2 * CONNECTIONS)), key=len)
        known = {user_id(number): "user", session_token(number): "token", str(task): "id"}
        script, constants = "", {}
        for text, values in found:
            script += self.line(text, values, known, constants) + ";\n"
        file = self.folder / f"{workload.name}.pgbench"
        file.write_text(prologue(self.people) + script)
        file.with_suffix(".json").write_text(json.dumps(constants))
        return file

    def hear(self, server: Server, workload: Workload, number: int, task: int) -> list[Statement]:
        """What one request comes to; it is in the log before it is answered."""
        log = self.bed.cluster.log
        begin = log.stat().st_size
        status, body = ask(server, workload, self.credentials, number, task)
        if status != workload.status:
            raise SystemExit(f"{workload.name}: {status} {body!r}")
        return statements(log.read_bytes()[begin:].decode(), {user_id(number), session_token(number)})

    @staticmethod
    def line(text: str, values: dict[int, str | None], known: dict[str, str], constants: dict[str, str]) -> str:
        """A statement with a variable of pgbench's for each parameter."""
        if re.search(r"(?<!:):[A-Za-z]", text):
            raise SystemExit(f"pgbench would take a part of this for a variable: {text}")

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
        last=people.users - 1, last_of_user=people.per_user - 1, users=people.users, first=FIRST, first_token=FIRST + TO_TOKEN
    )


def statements(log: str, marks: set[str]) -> list[Statement]:
    """The statements, with their parameters, of the session in the log whose parameters have one of these marks."""
    sessions: dict[str, list[Statement]] = {}
    for line in log.splitlines():
        session, _, text = line.partition("|")
        said = sessions.setdefault(session, [])
        if match := SENT.match(text):
            said.append((match[1], {}))
        elif text.startswith("DETAIL:  parameters: ") and said:
            for number, value in PARAMETER.findall(text):
                said[-1][1][int(number)] = None if value == "NULL" else value[1:-1].replace("''", "'")
    ours = [said for said in sessions.values() if any(marks & set(values.values()) for _, values in said)]
    return [statement for said in ours for statement in said]


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
    """Does each statement find rows? pgbench itself does not look; here it would divide by none, or have none to keep."""
    text = re.sub(r"^(SELECT .*);$", r"SELECT 1 / count(*) FROM (\1) AS found;", script.read_text(), flags=re.MULTILINE)
    text = re.sub(r"^((?:INSERT|UPDATE) .*);$", r"\1 \\gset", text, flags=re.MULTILINE)
    check = script.with_name(f"check-{script.name}")
    check.write_text(text)
    check.with_suffix(".json").write_text(script.with_suffix(".json").read_text())
    run_pgbench(bed, [*command(check, 1), "-t", "20"])


def pgbench(bed: PostgresBed, script: Path, clients: int, length: Length) -> Measured:
    """`pgbench -M prepared` by the role, and on the schema, of the service."""
    words = command(script, clients)
    if length.warm:
        run_pgbench(bed, [*words, "-T", str(length.warm)])
    server = bed.cluster.process.pid
    before = cpu_seconds(server)
    told = run_pgbench(bed, [*words, "-T", str(length.seconds)])
    transactions = int(re.search(r"transactions actually processed: (\d+)", told)[1])
    thousands = max(transactions, 1) / 1_000
    rate = re.search(r"tps = ([\d.]+)", told)  # not there where none was made
    return Measured(rate=float(rate[1]) if rate else 0.0, database_cpu=(cpu_seconds(server) - before) / thousands)


def by_hand(workload: Workload) -> Path:
    """The statements for SQLite."""
    return Path(__file__).parent / "sqlite" / f"{workload.like or workload.name}.sql"


def check_by_hand(bed: PostgresBed, workload: Workload, recorded: Path) -> None:
    """Do the statements that were written by hand name the columns that the service's do?"""
    columns = bed.sql("SELECT attname FROM pg_attribute WHERE attrelid = 'tasks'::regclass AND attnum > 0").split()
    named = [set(re.findall(r"\w+", file.read_text())) & set(columns) for file in (recorded, by_hand(workload))]
    if named[0] != named[1]:
        raise SystemExit(f"{by_hand(workload)} and the service do not name the same columns: {named[0] ^ named[1]}")


def sqlite_loop(binary: Path, bed: SqliteBed, workload: Workload, length: Length, readers: int) -> Measured:
    """The same statements on as many connections as the service has; on one, where they write."""
    threads, people = 1 if workload.writes else readers, bed.people
    numbers = [threads, length.seconds, length.warm, FIRST, people.users, people.per_user]
    words = [str(binary), "sqlite", str(bed.file), str(by_hand(workload)), *map(str, numbers)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the loop over SQLite: {done.stderr}")
    told = json.loads(done.stdout)
    return Measured(rate=told["rounds"] / told["seconds"])


def record_all(server: Server, recorder: Recorder) -> dict[str, Path]:
    """A script for each workload that touches rows; seen to find them."""
    touching = [workload for workload in WORKLOADS.values() if workload.touches_rows]
    scripts = {workload.name: recorder.record(server, workload) for workload in touching}
    for name, script in scripts.items():
        check_script(recorder.bed, script)
        check_by_hand(recorder.bed, WORKLOADS[name], script)
    return scripts
