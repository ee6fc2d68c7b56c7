"""The workloads, and the checks of the responses before a measurement."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from people import SECRET, People, Signer, bearer, cookie, forged, user_id
from processes import Server

PAGE = 20
TITLE, CHANGED = "A task of the bench", "A changed task of the bench"
NEW = json.dumps({"title": TITLE, "description": "Made by the load generator, and as long as such things are."})
CHANGE = json.dumps(
    {"title": CHANGED, "description": "By the load generator, and as long as such things are.", "completed": True}
)
LIST, ONE, ALL = f"/api/{{user}}/tasks?limit={PAGE}", "/api/{user}/tasks/{id}", "/api/{user}/tasks"


@dataclass(frozen=True)
class Workload:
    """One kind of request.

    `limit` names the workload for the server without a database. `like` names the workload with the same statements.
    """

    name: str
    title: str
    method: str
    path: str
    status: int
    body: str = ""
    credential: str = "jwt"
    limit: str = ""
    like: str = ""
    touches_rows: bool = True

    @property
    def writes(self) -> bool:
        return self.method != "GET"


# Workloads that write come last.
WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("list", "GET, a list of 20", "GET", LIST, 200),
        Workload("one", "GET, one task", "GET", ONE, 200),
        Workload("cookie", "GET, a list of 20, session cookie", "GET", LIST, 200, credential="cookie", limit="list"),
        Workload("eddsa", "GET, a list of 20, EdDSA token", "GET", LIST, 200, credential="eddsa", limit="list", like="list"),
        Workload("refused", "401, bad signature", "GET", LIST, 401, credential="forged", touches_rows=False),
        Workload("create", "POST", "POST", ALL, 201, body=NEW),
        Workload("change", "PATCH", "PATCH", ONE, 200, body=CHANGE),
    )
}


class Credentials:
    """Header lines of each kind and user, created on first use."""

    def __init__(self, people: People, signer: Signer):
        self.people, self.made = people, {}
        self.kinds = {"jwt": bearer, "cookie": cookie, "eddsa": signer.bearer, "forged": forged}

    def of(self, kind: str) -> list[str]:
        if kind not in self.made:
            self.made[kind] = [self.kinds[kind](number) for number in range(self.people.users)]
        return self.made[kind]


class ResponseChecks:
    """Collects the wrong responses of a contestant."""

    def __init__(self, contestant: str):
        self.contestant, self.failures = contestant, []

    def expect(self, check: str, is_right: bool, actual: object) -> None:
        if not is_right:
            self.failures.append(f"{check}: {actual}")

    def report(self) -> None:
        if self.failures:
            raise SystemExit(f"{self.contestant} gives wrong responses:\n" + "\n".join(self.failures))


def send(server: Server, workload: Workload, credentials: Credentials, number: int, task: int = 0) -> tuple[int, bytes]:
    path = workload.path.format(user=user_id(number), id=task)
    return server.send(workload.method, path, [credentials.of(workload.credential)[number]], workload.body)


def check_reading(
    server: Server, credentials: Credentials, name: str, kinds: Iterable[str] = ("jwt", "cookie", "eddsa"), has_rows: bool = True
) -> None:
    """Check that a user gets the newest tasks, and that other users and invalid credentials get none."""
    checks, people, workload = ResponseChecks(name), credentials.people, WORKLOADS["list"]
    for number in {0, people.users // 2, people.users - 1}:
        path, other = (workload.path.format(user=user_id(user)) for user in (number, number + 1))
        for kind in kinds:
            header, newest = credentials.of(kind)[number], people.newest(number, PAGE)
            status, body = server.send("GET", path, [header])
            tasks = json.loads(body) if status == 200 else []
            checks.expect(f"list, {kind}", {task["user_id"] for task in tasks} == {user_id(number)}, (status, body[:200]))
            checks.expect(f"list, {kind}", len(tasks) == len(newest), f"{len(tasks)} tasks")
            if has_rows:
                checks.expect(f"list, {kind}", [task["id"] for task in tasks] == newest, f"not the tasks {newest}")
            status, body = server.send("GET", other, [header])
            checks.expect(f"another user's path, {kind}", status == 403, (status, body))
        unauthenticated = {"bad signature": [forged(number)], "no credential": []}
        if "cookie" in kinds:
            unauthenticated["forged cookie"] = [cookie(number, SECRET[::-1])]
        for check, headers in unauthenticated.items():
            status, body = server.send("GET", path, headers)
            checks.expect(check, status == 401, (status, body))
    checks.report()


def check_single(server: Server, credentials: Credentials, name: str, bed=None) -> None:
    """Check that a task can be read, created and changed, and that the database has the result."""
    checks, people = ResponseChecks(name), credentials.people
    for number in {0, people.users // 2, people.users - 1}:
        task = people.newest(number, people.per_user)[-1]
        status, body = send(server, WORKLOADS["one"], credentials, number, task)
        checks.expect("one", status == 200 and json.loads(body)["id"] == task, (status, body))
        status, body = send(server, WORKLOADS["change"], credentials, number, task)
        checks.expect("change", status == 200 and json.loads(body)["completed"] is True, (status, body))
        status, body = send(server, WORKLOADS["create"], credentials, number)
        checks.expect("create", status == 201 and json.loads(body)["title"] == TITLE, (status, body))
        if bed:
            created = json.loads(body)["id"] if status == 201 else 0
            checks.expect("create", bed.row(created) == (user_id(number), TITLE), f"the row is {bed.row(created)}")
            checks.expect("change", bed.row(task) == (user_id(number), CHANGED), f"the row is {bed.row(task)}")
            # adjacent ids belong to different users
            status, body = send(server, WORKLOADS["one"], credentials, number, task + 1)
            checks.expect("another user's task", status == 404, (status, body))
    checks.report()
