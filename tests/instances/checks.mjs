// Checks that instances accept each other's keys, cursors and ETags, and that concurrent calls take effect once.

import assert from "node:assert/strict";

import { apiClient } from "./client.mjs";

/** Matches the service's log line of an applied migration. */
const appliedMigration = /applied migration (\S+)/g;

/** Asserts that each migration was applied once, by instances that started together on an empty database. */
export function expectMigratedOnce(instances) {
  const names = instances.flatMap(({ log }) => [...log().matchAll(appliedMigration)].map(([, name]) => name));
  assert.ok(names.length > 0, "migrations were applied");
  assert.equal(new Set(names).size, names.length, `no migration was applied twice: ${names}`);
  return names.length;
}

/** Sends an idempotency key, a cursor and an ETag of the first instance to the last one. */
export async function expectSharedState(instances) {
  const [first, last] = [instances[0].origin, instances.at(-1).origin];
  const call = apiClient("traveller");
  const createRequest = { body: { title: "first" }, headers: { "idempotency-key": "travels" } };
  const created = await call(first, "POST", "", createRequest);
  assert.equal(created.status, 201, created.text);
  const replayed = await call(last, "POST", "", createRequest);
  assert.deepEqual([replayed.status, replayed.headers["idempotent-replayed"], replayed.body], [201, "true", created.body]);
  const reused = await call(last, "POST", "", { ...createRequest, body: { title: "other" } });
  assert.equal(reused.status, 422, "the key with another body");

  for (const title of ["second", "third"]) assert.equal((await call(first, "POST", "", { body: { title } })).status, 201);
  const firstPage = await call(first, "GET", "/api/traveller/tasks?limit=2");
  const [, next] = /<([^>]+)>; rel="next"/.exec(firstPage.headers.link);
  const secondPage = await call(last, "GET", next);
  assert.equal(secondPage.status, 200, secondPage.text);
  assert.deepEqual(secondPage.body.map(({ title }) => title), ["first"]);

  const { id } = created.body;
  const etag = created.headers.etag;
  const condition = { headers: { "if-match": etag }, body: { title: "changed there" } };
  assert.equal((await call(last, "GET", `${id}`, { headers: { "if-none-match": etag } })).status, 304);
  assert.equal((await call(last, "PATCH", `${id}`, condition)).status, 200);
  assert.equal((await call(first, "PATCH", `${id}`, condition)).status, 412, "the ETag is stale at each instance");
  assert.equal((await call(first, "GET", `${id}`)).body.title, "changed there");
}

/** Sends each call three times to each instance at the same time. Asserts that it takes effect once. */
export async function expectRacesResolved(instances) {
  const call = apiClient("racer");
  const sendToAll = (send) => Promise.all(instances.flatMap(({ origin }) => [origin, origin, origin]).map(send));
  const statuses = (responses) => responses.map(({ status }) => status).sort();

  for (let round = 0; round < 10; round += 1) {
    const options = { body: { title: `race ${round}` }, headers: { "idempotency-key": `race-${round}` } };
    const created = await sendToAll((origin) => call(origin, "POST", "", options));
    assert.deepEqual(new Set(statuses(created)), new Set([201]));
    assert.equal(new Set(created.map(({ body }) => body.id)).size, 1, "one task");
    const notReplayed = created.filter(({ headers }) => headers["idempotent-replayed"] !== "true");
    assert.equal(notReplayed.length, 1, "one call created the task");

    const { id } = created[0].body;
    const condition = { "if-match": created[0].headers.etag };
    const changed = await sendToAll((origin) => call(origin, "PATCH", `${id}`, { body: { tags: [origin] }, headers: condition }));
    assert.deepEqual(statuses(changed), [200, ...Array(changed.length - 1).fill(412)], "one of the conditional writes wins");

    const toggled = await sendToAll((origin) => call(origin, "PATCH", `${id}/complete`));
    assert.deepEqual(new Set(statuses(toggled)), new Set([200]));
    const versions = toggled.map(({ body }) => body.version).sort((a, b) => a - b);
    assert.deepEqual(versions, versions.map((_, number) => 3 + number), "no toggle is lost");
  }
  const list = await call(instances[0].origin, "GET", "");
  assert.equal(list.body.length, 10);
}
