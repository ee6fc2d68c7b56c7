// Checks that clients of the live events get each event once, although their connections are cut again and again.

import assert from "node:assert/strict";

import { apiClient, mintJwt } from "../instances/client.mjs";
import { waitUntil } from "../instances/fleet.mjs";
import { startCutter } from "./cutter.mjs";
import { followWithChromium, followWithPackage } from "./followers.mjs";

const user = "follower";

/** Creates tasks while the followers' connections are cut. Each cut waits until the followers are connected again. */
export async function expectEventsOnce({ nginx, browser, cookie, events, cuts }) {
  const cutter = await startCutter(nginx.port);
  const followers = [
    followWithPackage(cutter.origin, user, `Bearer ${mintJwt(user)}`),
    await followWithChromium(browser, cutter.origin, user, cookie),
  ];
  try {
    await waitForOpenings(followers, 1);
    const created = [];
    for (let round = 0; round <= cuts; round += 1) {
      // A cut during the writes: half of the events of a round are written while the clients wait to reconnect.
      created.push(...(await createTasks(nginx.origin, events / (cuts + 1))));
      if (round === cuts) break;
      cutter.cut();
      await waitForOpenings(followers, round + 2);
    }
    for (const follower of followers) await expectEachOnce(follower, created);
    return created.length;
  } finally {
    for (const { close } of followers) await close();
    cutter.close();
  }
}

async function waitForOpenings(followers, count) {
  for (const follower of followers) {
    await waitUntil(`${count} openings of ${follower.name}`, async () => {
      if (await follower.hasEnded()) throw new Error(`${follower.name} gave up`);
      return (await follower.openings()) >= count;
    });
  }
}

async function createTasks(origin, count) {
  const call = apiClient(user);
  const ids = [];
  let left = Math.round(count);
  const work = async () => {
    while (left-- > 0) {
      const response = await call(origin, "POST", "", { body: { title: `task ${left}` } });
      assert.equal(response.status, 201, response.text);
      ids.push(response.body.id);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return ids;
}

async function expectEachOnce(follower, created) {
  await waitUntil(`${created.length} events of ${follower.name}`, async () => (await follower.events()).length >= created.length);
  const events = await follower.events();
  const ids = events.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, `${follower.name} got no event twice`);
  assert.deepEqual(ids.toSorted((a, b) => a - b), created.toSorted((a, b) => a - b), `${follower.name} missed no event`);
  const sequence = events.map(({ seq }) => seq);
  assert.deepEqual(sequence, sequence.toSorted((a, b) => a - b), `${follower.name} got the events in order`);
}
