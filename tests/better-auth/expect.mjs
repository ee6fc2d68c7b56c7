// What every answer of the service must look like, whatever was asked.

import assert from "node:assert/strict";

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The whole task of the contract: these members, all of them, no others. */
export function expectTask(task, wanted) {
  assert.deepEqual(Object.keys(task).sort(), Object.keys(blank).sort(), "members of a task");
  assert.ok(Number.isSafeInteger(task.id) && task.id > 0, `id ${task.id} is a positive integer`);
  for (const name of ["created_at", "updated_at"]) assert.match(task[name], instant, name);
  assert.equal(task.status, task.completed ? "completed" : "pending", "status");
  if (task.completed) assert.match(task.completed_at, instant, "completed_at");
  else assert.equal(task.completed_at, null, "completed_at");
  const { id, created_at, updated_at, completed_at, status, ...rest } = task;
  const { id: _1, created_at: _2, updated_at: _3, completed_at: _4, status: _5, ...defaults } = blank;
  assert.deepEqual(rest, { ...defaults, ...wanted });
}

/** What a task holds of which nothing was said. */
const blank = {
  id: 0,
  user_id: "",
  title: "",
  description: null,
  completed: false,
  status: "pending",
  completed_at: null,
  priority: "medium",
  tags: [],
  due_date: null,
  time_zone: null,
  remind_at: null,
  recurrence_rule: null,
  repeat_from: "due_date",
  series_id: null,
  version: 1,
  created_at: "",
  updated_at: "",
};

export function expectStatus(answer, status) {
  if (answer.status !== status) throw new Error(`status ${answer.status} instead of ${status}: ${answer.text}`);
  return answer;
}

/** An error: the status, as application/problem+json with the contract's members. */
export function expectProblem(answer, status) {
  expectStatus(answer, status);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const { detail, message, error, request_id: requestId, ...problem } = answer.body;
  assert.equal(problem.status, status, "member status");
  assert.equal(typeof problem.type, "string", "member type");
  assert.equal(typeof problem.title, "string", "member title");
  assert.ok(typeof detail === "string" && detail !== "", "member detail is a sentence");
  assert.equal(message, detail, "member message repeats detail");
  assert.equal(error?.message, detail, "member error.message repeats detail");
  assert.match(error?.code ?? "", /^[a-z_]+$/, "member error.code");
  assert.equal(requestId, answer.headers.get("x-request-id"), "request_id is that of the header");
  return answer;
}

/** 401 for a caller who said nothing about who they are. */
export function expectNoCredential(answer) {
  expectProblem(answer, 401);
  assert.equal(answer.headers.get("www-authenticate"), 'Bearer realm="tasks"');
}

/** 401 for a credential that is not believed; answers the sentence that says why. */
export function expectRefused(answer) {
  expectProblem(answer, 401);
  const challenge = answer.headers.get("www-authenticate") ?? "";
  const match = /^Bearer realm="tasks", error="invalid_token", error_description="([^"]+)"$/.exec(challenge);
  assert.ok(match, `WWW-Authenticate: ${challenge}`);
  return match[1];
}
