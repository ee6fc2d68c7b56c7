// A private Redis: its own port on 127.0.0.1, nothing on disk, gone afterwards.

import { Redis } from "ioredis";

import { freePort, start, stop, temporaryDirectory, untilReady } from "./processes.mjs";

/** Starts a server and answers `{ url, close }`. */
export async function startRedis() {
  const port = await freePort();
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"];
  const server = start("redis-server", args, { cwd: temporaryDirectory("task-api-redis-") });
  const url = `redis://127.0.0.1:${port}`;
  await untilReady(server, async () => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on("error", () => {});
    try {
      await client.connect();
      return (await client.ping()) === "PONG";
    } finally {
      client.disconnect();
    }
  });
  return { url, close: () => stop(server) };
}

/** A secondary storage as Better Auth's documentation shows it: keys as they are. */
export const storageByHand = (client) => ({
  get: (key) => client.get(key),
  set: (key, value, ttl) => (ttl ? client.set(key, value, "EX", ttl) : client.set(key, value)),
  delete: async (key) => void (await client.del(key)),
});
