// A task's whole life, with each kind of proof, under both paths.

import assert from "node:assert/strict";

import { proofs } from "./client.mjs";
import { expectProblem, expectStatus, expectTask } from "./expect.mjs";
import { group } from "./report.mjs";

export async function checkTasks({ checks, call, users }) {
  const [user] = users;
  for (const [kind, prove] of Object.entries(proofs)) {
    for (const base of [`/api/${encodeURIComponent(user.id)}/tasks`, "/api/tasks"]) {
      const where = base === "/api/tasks" ? base : "/api/{user_id}/tasks";
      await group(() => lifetime({ checks, call, user, base, as: prove(user), label: `${kind}, ${where}` }));
    }
  }
}

async function lifetime({ checks: { check, need }, call, user, base, as, label }) {
  const full = {
    title: "Buy milk",
    description: "two litres\nof the good one",
    priority: "high",
    tags: ["home", "shop"],
    due_date: "2031-12-01",
    time_zone: "Europe/Berlin",
  };
  const wanted = { ...full, user_id: user.id, completed: false, version: 1 };
  const read = async (id) => expectStatus(await call("GET", `${base}/${id}`, { as }), 200).body;
  const write = async (method, path, body) => expectStatus(await call(method, base + path, { as, body }), 200).body;

  const id = await need(`${label}: POST creates, 201, Location`, async () => {
    const answer = expectStatus(await call("POST", base, { as, body: full }), 201);
    expectTask(answer.body, wanted);
    const location = new URL(answer.headers.get("location"), "http://service");
    assert.ok(location.pathname.endsWith(`/tasks/${answer.body.id}`), `Location ${location.pathname}`);
    expectTask(expectStatus(await call("GET", location.pathname, { as }), 200).body, wanted);
    return answer.body.id;
  });
  await check(`${label}: a title is enough, the rest has its defaults`, async () => {
    const { body } = expectStatus(await call("POST", base, { as, body: { title: "  Later  " } }), 201);
    expectTask(body, { title: "Later", user_id: user.id });
    expectStatus(await call("DELETE", `${base}/${body.id}`, { as }), 200);
  });
  await check(`${label}: GET lists it, newest first`, async () => {
    const tasks = expectStatus(await call("GET", base, { as }), 200).body;
    assert.ok(Array.isArray(tasks), "the list is an array");
    expectTask(tasks[0], wanted);
    assert.equal(tasks[0].id, id);
  });
  await check(`${label}: GET reads it`, async () => expectTask(await read(id), wanted));
  await check(`${label}: PUT changes what it names, null clears`, async () => {
    Object.assign(wanted, { title: "Buy oat milk", description: null, version: 2 });
    expectTask(await write("PUT", `/${id}`, { title: "Buy oat milk", description: null }), wanted);
    expectTask(await read(id), wanted);
  });
  await check(`${label}: PATCH changes what it names`, async () => {
    Object.assign(wanted, { tags: ["kitchen"], version: 3 });
    expectTask(await write("PATCH", `/${id}`, { tags: ["kitchen"] }), wanted);
    expectTask(await read(id), wanted);
  });
  await completion({ check, call, as, base, id, label, wanted, write });
  await check(`${label}: DELETE removes it, then it is 404`, async () => {
    assert.deepEqual(await write("DELETE", `/${id}`), { message: "Task deleted", id, success: true });
    expectProblem(await call("GET", `${base}/${id}`, { as }), 404);
    expectProblem(await call("DELETE", `${base}/${id}`, { as }), 404);
  });
}

async function completion({ check, call, as, base, id, label, wanted, write }) {
  await check(`${label}: PATCH /complete without a body toggles, twice`, async () => {
    expectTask(await write("PATCH", `/${id}/complete`), { ...wanted, completed: true, version: 4 });
    expectTask(await write("PATCH", `/${id}/complete`), { ...wanted, completed: false, version: 5 });
  });
  await check(`${label}: PATCH /complete with {"completed": …} sets`, async () => {
    expectTask(await write("PATCH", `/${id}/complete`, { completed: true }), { ...wanted, completed: true, version: 6 });
  });
  await check(`${label}: GET ?status= tells pending from completed`, async () => {
    const ids = async (status) => (await call("GET", `${base}?status=${status}`, { as })).body.map((task) => task.id);
    assert.ok((await ids("completed")).includes(id), "listed as completed");
    assert.ok(!(await ids("pending")).includes(id), "not listed as pending");
  });
}
