// Keeps the tasks and the queue of writes in IndexedDB, by user. Each window has its own queue; a window takes over the queues of closed
// windows. A Web Lock tells whether a window is still open.

import { dehydrate, type DehydratedState, type QueryClient } from "@tanstack/react-query";
import { createStore, del, get, keys, set, type UseStore } from "idb-keyval";

import { TASKS, WRITE } from "./live";

/** Time between two writes of the tasks, in ms. */
const PAUSE = 300;

/** `service` is the service's own origin, to call it with a JWT; "" to call it through this origin with the cookie. */
export type User = { id: string; name: string; service: string };

/** The key of the user whose tasks are shown without network. */
const USER = "user";

let opened: UseStore | undefined;
let isForgotten = false;
const store = () => (opened ??= createStore("task-api", "cache"));

/** Reads the tasks and the queues of closed windows, to hydrate the client with them. */
export async function restore(user: string): Promise<DehydratedState[]> {
  const states: (DehydratedState | undefined)[] = [];
  for (const key of (await keys<string>(store())).sort()) {
    if (key === `${user}/tasks`) states.push(await get(key, store()));
    // The tasks of another user of this browser. The unsent writes of that user stay.
    else if (key.endsWith("/tasks")) await del(key, store());
    else if (key.startsWith(`${user}/queue/`)) states.push(await adopt(key));
  }
  return states.filter((state) => state !== undefined);
}

/** Takes the queue of a window that is closed. */
const adopt = (key: string) =>
  navigator.locks.request(key, { ifAvailable: true }, async (lock) => {
    if (!lock) return undefined;
    const queue = await get<DehydratedState>(key, store());
    await del(key, store());
    return queue;
  });

/** Stores the tasks and the queue of this window from now on, until `stop`. */
export function persist(client: QueryClient, { id: user, ...others }: User, stop: AbortSignal) {
  void set(USER, { id: user, ...others }, store());
  const queueKey = `${user}/queue/${Date.now()}-${crypto.randomUUID()}`;
  const stopped = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  void navigator.locks.request(queueKey, () => stopped);

  let timer: ReturnType<typeof setTimeout> | undefined;
  const saveTasks = () => {
    clearTimeout(timer);
    timer = undefined;
    // After a failed read, the stored tasks stay as they are.
    if (stop.aborted || isForgotten || client.getQueryState(TASKS)?.status !== "success") return;
    void set(`${user}/tasks`, dehydrate(client, { shouldDehydrateMutation: () => false, shouldDehydrateQuery }), store());
  };
  const saveQueue = () => {
    const { mutations } = dehydrate(client, { shouldDehydrateQuery: () => false, shouldDehydrateMutation: isOpen });
    const queue = mutations.map((mutation) => ({ ...mutation, state: { ...mutation.state, isPaused: true } }));
    if (!stop.aborted && !isForgotten) void (queue.length > 0 ? set(queueKey, { mutations: queue }, store()) : del(queueKey, store()));
  };
  const unsubscribe = [
    client.getQueryCache().subscribe(() => (timer ??= setTimeout(saveTasks, PAUSE))),
    client.getMutationCache().subscribe(saveQueue),
  ];
  saveQueue();
  window.addEventListener("pagehide", () => timer && saveTasks(), { signal: stop });
  stop.addEventListener("abort", () => unsubscribe.forEach((end) => end()), { once: true });
}

/** The user of the last page, unless the user has signed out since. */
export const lastUser = () => get<User>(USER, store()).then((user) => user ?? null, () => null);

/** Shows nothing without network from now on, until the next sign-in. Unsent writes stay. */
export const forgetUser = () => del(USER, store());

/** Deletes everything of the user from this browser, and stores nothing more. */
export async function forget(user: string) {
  isForgotten = true;
  await forgetUser();
  const own = (await keys<string>(store())).filter((key) => key.startsWith(`${user}/`));
  await Promise.all(own.map((key) => del(key, store())));
}

const shouldDehydrateQuery = ({ meta, state }: { meta?: Record<string, unknown>; state: { status: string } }) =>
  meta?.stored === true && state.status === "success";

const isOpen = ({ options, state }: { options: { mutationKey?: readonly unknown[] }; state: { status: string } }) =>
  options.mutationKey?.[0] === WRITE[0] && state.status === "pending";
