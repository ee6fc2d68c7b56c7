"""What is asked, and what must be answered before anything is measured."""

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

    `limit` names the one that the server without a database is asked instead, and `like` the one whose statements it takes.
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


# Those that change rows come last.
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
    """Header lines of each kind, for each user; made when first asked for."""

    def __init__(self, people: People, signer: Signer):
        self.people, self.made = people, {}
        self.kinds = {"jwt": bearer, "cookie": cookie, "eddsa": signer.bearer, "forged": forged}

    def of(self, kind: str) -> list[str]:
        if kind not in self.made:
            self.made[kind] = [self.kinds[kind](number) for number in range(self.people.users)]
        return self.made[kind]


class Mistakes:
    """What a contestant answered that it should not have."""

    def __init__(self, contestant: str):
        self.contestant, self.found = contestant, []

    def expect(self, what: str, is_right: bool, seen: object) -> None:
        if not is_right:
            self.found.append(f"{what}: {seen}")

    def report(self) -> None:
        if self.found:
            raise SystemExit(f"{self.contestant} is not measured, because its answers are wrong:\n" + "\n".join(self.found))


def ask(server: Server, workload: Workload, credentials: Credentials, number: int, task: int = 0) -> tuple[int, bytes]:
    path = workload.path.format(user=user_id(number), id=task)
    return server.ask(workload.method, path, [credentials.of(workload.credential)[number]], workload.body)


def check_reading(
    server: Server, credentials: Credentials, name: str, kinds: Iterable[str] = ("jwt", "cookie", "eddsa"), has_rows: bool = True
) -> None:
    """Whoever may is given the newest tasks, and nobody else anything."""
    mistakes, people, wanted = Mistakes(name), credentials.people, WORKLOADS["list"]
    for number in {0, people.users // 2, people.users - 1}:
        path, other = (wanted.path.format(user=user_id(who)) for who in (number, number + 1))
        for kind in kinds:
            header, newest = credentials.of(kind)[number], people.newest(number, PAGE)
            status, body = server.ask("GET", path, [header])
            tasks = json.loads(body) if status == 200 else []
            mistakes.expect(f"list, {kind}", {task["user_id"] for task in tasks} == {user_id(number)}, (status, body[:200]))
            mistakes.expect(f"list, {kind}", len(tasks) == len(newest), f"{len(tasks)} tasks")
            if has_rows:
                mistakes.expect(f"list, {kind}", [task["id"] for task in tasks] == newest, f"not the tasks {newest}")
            status, body = server.ask("GET", other, [header])
            mistakes.expect(f"another user's path, {kind}", status == 403, (status, body))
        strangers = {"bad signature": [forged(number)], "no credential": []}
        if "cookie" in kinds:
            strangers["forged cookie"] = [cookie(number, SECRET[::-1])]
        for what, headers in strangers.items():
            status, body = server.ask("GET", path, headers)
            mistakes.expect(what, status == 401, (status, body))
    mistakes.report()


def check_single(server: Server, credentials: Credentials, name: str, bed=None) -> None:
    """One task is read, made and changed, and is afterwards in the database."""
    mistakes, people = Mistakes(name), credentials.people
    for number in {0, people.users // 2, people.users - 1}:
        task = people.newest(number, people.per_user)[-1]
        status, body = ask(server, WORKLOADS["one"], credentials, number, task)
        mistakes.expect("one", status == 200 and json.loads(body)["id"] == task, (status, body))
        status, body = ask(server, WORKLOADS["change"], credentials, number, task)
        mistakes.expect("change", status == 200 and json.loads(body)["completed"] is True, (status, body))
        status, body = ask(server, WORKLOADS["create"], credentials, number)
        mistakes.expect("create", status == 201 and json.loads(body)["title"] == TITLE, (status, body))
        if bed:
            made = json.loads(body)["id"] if status == 201 else 0
            mistakes.expect("create", bed.row(made) == (user_id(number), TITLE), f"the row is {bed.row(made)}")
            mistakes.expect("change", bed.row(task) == (user_id(number), CHANGED), f"the row is {bed.row(task)}")
            # ids beside each other are different users'
            status, body = ask(server, WORKLOADS["one"], credentials, number, task + 1)
            mistakes.expect("another user's task", status == 404, (status, body))
    mistakes.report()
