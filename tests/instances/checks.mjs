// What one instance made is good at another, and what several do at once is done once.

import assert from "node:assert/strict";

import { caller } from "./client.mjs";

/** The service's own words for a migration that it applied. */
const applied = /applied migration (\S+)/g;

/** `instances` were all started at once on an empty database. */
export function migratedOnce(instances) {
  const names = instances.flatMap(({ log }) => [...log().matchAll(applied)].map(([, name]) => name));
  assert.ok(names.length > 0, "migrations were applied");
  assert.equal(new Set(names).size, names.length, `no migration was applied twice: ${names}`);
  return names.length;
}

/** A key, a cursor and a tag of the first instance, at the last one. */
export async function carriedOver(instances) {
  const [here, there] = [instances[0].origin, instances.at(-1).origin];
  const ask = caller("traveller");
  const once = { body: { title: "first" }, headers: { "idempotency-key": "travels" } };
  const created = await ask(here, "POST", "", once);
  assert.equal(created.status, 201, created.text);
  const again = await ask(there, "POST", "", once);
  assert.deepEqual([again.status, again.headers["idempotent-replayed"], again.body], [201, "true", created.body]);
  const other = await ask(there, "POST", "", { ...once, body: { title: "other" } });
  assert.equal(other.status, 422, "the key with another body");

  for (const title of ["second", "third"]) assert.equal((await ask(here, "POST", "", { body: { title } })).status, 201);
  const page = await ask(here, "GET", "/api/traveller/tasks?limit=2");
  const [, next] = /<([^>]+)>; rel="next"/.exec(page.headers.link);
  const rest = await ask(there, "GET", next);
  assert.equal(rest.status, 200, rest.text);
  assert.deepEqual(rest.body.map(({ title }) => title), ["first"]);

  const { id } = created.body;
  const tag = created.headers.etag;
  const condition = { headers: { "if-match": tag }, body: { title: "changed there" } };
  assert.equal((await ask(there, "GET", `${id}`, { headers: { "if-none-match": tag } })).status, 304);
  assert.equal((await ask(there, "PATCH", `${id}`, condition)).status, 200);
  assert.equal((await ask(here, "PATCH", `${id}`, condition)).status, 412, "the tag is stale everywhere");
  assert.equal((await ask(here, "GET", `${id}`)).body.title, "changed there");
}

/** The same call at every instance at once, several times each. */
export async function raced(instances) {
  const ask = caller("racer");
  const everywhere = (send) => Promise.all(instances.flatMap(({ origin }) => [origin, origin, origin]).map(send));
  const statuses = (answers) => answers.map(({ status }) => status).sort();

  for (let round = 0; round < 10; round += 1) {
    const options = { body: { title: `race ${round}` }, headers: { "idempotency-key": `race-${round}` } };
    const created = await everywhere((origin) => ask(origin, "POST", "", options));
    assert.deepEqual(new Set(statuses(created)), new Set([201]));
    assert.equal(new Set(created.map(({ body }) => body.id)).size, 1, "one task");
    const fresh = created.filter(({ headers }) => headers["idempotent-replayed"] !== "true");
    assert.equal(fresh.length, 1, "one of them created it");

    const { id } = created[0].body;
    const condition = { "if-match": created[0].headers.etag };
    const changed = await everywhere((origin) => ask(origin, "PATCH", `${id}`, { body: { tags: [origin] }, headers: condition }));
    assert.deepEqual(statuses(changed), [200, ...Array(changed.length - 1).fill(412)], "one of the conditional writes wins");

    const toggled = await everywhere((origin) => ask(origin, "PATCH", `${id}/complete`));
    assert.deepEqual(new Set(statuses(toggled)), new Set([200]));
    const versions = toggled.map(({ body }) => body.version).sort((a, b) => a - b);
    assert.deepEqual(versions, versions.map((_, number) => 3 + number), "no toggle is lost");
  }
  const list = await ask(instances[0].origin, "GET", "");
  assert.equal(list.body.length, 10);
}
