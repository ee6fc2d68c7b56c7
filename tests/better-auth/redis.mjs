// A temporary Redis server on its own port of 127.0.0.1. It stores nothing on disk.

import { Redis } from "ioredis";

import { freePort, start, stop, temporaryDirectory, waitUntilReady } from "./processes.mjs";

/** Starts a server and returns `{ url, close }`. */
export async function startRedis() {
  const port = await freePort();
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"];
  const server = start("redis-server", args, { cwd: temporaryDirectory("task-api-redis-") });
  const url = `redis://127.0.0.1:${port}`;
  await waitUntilReady(server, async () => {
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

/** Creates the secondary storage of Better Auth's documentation, without a key prefix. */
export const documentedStorage = (client) => ({
  get: (key) => client.get(key),
  set: (key, value, ttl) => (ttl ? client.set(key, value, "EX", ttl) : client.set(key, value)),
  delete: async (key) => void (await client.del(key)),
});
