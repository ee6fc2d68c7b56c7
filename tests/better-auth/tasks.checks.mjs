// Checks the lifecycle of a task with each kind of credential under both paths.

import assert from "node:assert/strict";

import { credentials } from "./client.mjs";
import { expectProblem, expectStatus, expectTask } from "./expect.mjs";
import { group } from "./report.mjs";

export async function checkTasks({ checks, call, users }) {
  const [user] = users;
  for (const [credential, headersOf] of Object.entries(credentials)) {
    for (const base of [`/api/${encodeURIComponent(user.id)}/tasks`, "/api/tasks"]) {
      const pathName = base === "/api/tasks" ? base : "/api/{user_id}/tasks";
      await group(() => taskLifecycle({ checks, call, user, base, as: headersOf(user), label: `${credential}, ${pathName}` }));
    }
  }
}

async function taskLifecycle({ checks: { check, need }, call, user, base, as, label }) {
  const newTask = {
    title: "Buy milk",
    description: "two litres\nof the good one",
    priority: "high",
    tags: ["home", "shop"],
    due_date: "2031-12-01",
    time_zone: "Europe/Berlin",
  };
  const expected = { ...newTask, user_id: user.id, completed: false, version: 1 };
  const read = async (id) => expectStatus(await call("GET", `${base}/${id}`, { as }), 200).body;
  const write = async (method, path, body) => expectStatus(await call(method, base + path, { as, body }), 200).body;

  const id = await need(`${label}: POST creates a task: 201 and Location`, async () => {
    const response = expectStatus(await call("POST", base, { as, body: newTask }), 201);
    expectTask(response.body, expected);
    const location = new URL(response.headers.get("location"), "http://service");
    assert.ok(location.pathname.endsWith(`/tasks/${response.body.id}`), `Location ${location.pathname}`);
    expectTask(expectStatus(await call("GET", location.pathname, { as }), 200).body, expected);
    return response.body.id;
  });
  await check(`${label}: POST with only a title uses the defaults`, async () => {
    const { body } = expectStatus(await call("POST", base, { as, body: { title: "  Later  " } }), 201);
    expectTask(body, { title: "Later", user_id: user.id });
    expectStatus(await call("DELETE", `${base}/${body.id}`, { as }), 200);
  });
  await check(`${label}: GET lists the newest task first`, async () => {
    const tasks = expectStatus(await call("GET", base, { as }), 200).body;
    assert.ok(Array.isArray(tasks), "the list is an array");
    expectTask(tasks[0], expected);
    assert.equal(tasks[0].id, id);
  });
  await check(`${label}: GET reads the task`, async () => expectTask(await read(id), expected));
  await check(`${label}: PUT changes only the given members, null clears`, async () => {
    Object.assign(expected, { title: "Buy oat milk", description: null, version: 2 });
    expectTask(await write("PUT", `/${id}`, { title: "Buy oat milk", description: null }), expected);
    expectTask(await read(id), expected);
  });
  await check(`${label}: PATCH changes only the given members`, async () => {
    Object.assign(expected, { tags: ["kitchen"], version: 3 });
    expectTask(await write("PATCH", `/${id}`, { tags: ["kitchen"] }), expected);
    expectTask(await read(id), expected);
  });
  await taskCompletion({ check, call, as, base, id, label, expected, write });
  await check(`${label}: DELETE deletes the task, then it is 404`, async () => {
    assert.deepEqual(await write("DELETE", `/${id}`), { message: "Task deleted", id, success: true });
    expectProblem(await call("GET", `${base}/${id}`, { as }), 404);
    expectProblem(await call("DELETE", `${base}/${id}`, { as }), 404);
  });
}

async function taskCompletion({ check, call, as, base, id, label, expected, write }) {
  await check(`${label}: PATCH /complete without a body toggles, checked twice`, async () => {
    expectTask(await write("PATCH", `/${id}/complete`), { ...expected, completed: true, version: 4 });
    expectTask(await write("PATCH", `/${id}/complete`), { ...expected, completed: false, version: 5 });
  });
  await check(`${label}: PATCH /complete with {"completed": …} sets the value`, async () => {
    expectTask(await write("PATCH", `/${id}/complete`, { completed: true }), { ...expected, completed: true, version: 6 });
  });
  await check(`${label}: GET ?status= filters by status`, async () => {
    const ids = async (status) => (await call("GET", `${base}?status=${status}`, { as })).body.map((task) => task.id);
    assert.ok((await ids("completed")).includes(id), "listed as completed");
    assert.ok(!(await ids("pending")).includes(id), "not listed as pending");
  });
}
