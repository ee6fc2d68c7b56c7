// Assertions on responses of the service.

import assert from "node:assert/strict";

const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Asserts that the task has exactly the members of the contract, with `expected` or default values. */
export function expectTask(task, expected) {
  assert.deepEqual(Object.keys(task).sort(), Object.keys(defaultTask).sort(), "members of a task");
  assert.ok(Number.isSafeInteger(task.id) && task.id > 0, `id ${task.id} is a positive integer`);
  for (const name of ["created_at", "updated_at"]) assert.match(task[name], timestampPattern, name);
  assert.equal(task.status, task.completed ? "completed" : "pending", "status");
  assert.equal(task.is_completed, task.completed, "is_completed");
  if (task.completed) assert.match(task.completed_at, timestampPattern, "completed_at");
  else assert.equal(task.completed_at, null, "completed_at");
  const { id, created_at, updated_at, completed_at, status, is_completed, ...rest } = task;
  const { id: _1, created_at: _2, updated_at: _3, completed_at: _4, status: _5, is_completed: _6, ...defaults } = defaultTask;
  assert.deepEqual(rest, { ...defaults, ...expected });
}

/** The members of a task with their default values. */
const defaultTask = {
  id: 0,
  user_id: "",
  title: "",
  description: null,
  completed: false,
  is_completed: false,
  status: "pending",
  completed_at: null,
  priority: "medium",
  tags: [],
  due_date: null,
  time_zone: null,
  remind_at: null,
  recurrence_rule: null,
  repeat_from: "due_date",
  excluded_dates: [],
  series_id: null,
  version: 1,
  created_at: "",
  updated_at: "",
};

export function expectStatus(response, status) {
  if (response.status !== status) throw new Error(`status ${response.status} instead of ${status}: ${response.text}`);
  return response;
}

/** Asserts the status and an `application/problem+json` body with the members of the contract. */
export function expectProblem(response, status) {
  expectStatus(response, status);
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const { detail, message, error, request_id: requestId, ...problem } = response.body;
  assert.equal(problem.status, status, "member status");
  assert.equal(typeof problem.title, "string", "member title");
  assert.ok(typeof detail === "string" && detail !== "", "member detail is a non-empty string");
  assert.equal(message, detail, "member message repeats detail");
  assert.equal(error?.message, detail, "member error.message repeats detail");
  assert.match(error?.code ?? "", /^[a-z_]+$/, "member error.code");
  assert.equal(problem.type, `/docs/errors#${error.code}`, "member type links to the code");
  assert.equal(requestId, response.headers.get("x-request-id"), "request_id equals the X-Request-Id header");
  return response;
}

/** Asserts 401 for a request without a credential. */
export function expectMissingCredential(response) {
  expectProblem(response, 401);
  assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="tasks"');
}

/** Asserts 401 for an invalid credential. Returns the error description of the challenge. */
export function expectInvalidCredential(response) {
  expectProblem(response, 401);
  const challenge = response.headers.get("www-authenticate") ?? "";
  const match = /^Bearer realm="tasks", error="invalid_token", error_description="([^"]+)"$/.exec(challenge);
  assert.ok(match, `WWW-Authenticate: ${challenge}`);
  return match[1];
}
