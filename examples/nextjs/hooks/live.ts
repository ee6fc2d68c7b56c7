// Keeps the cached tasks up to date: reads the changes since the last token, then follows the live events. Reconnects after an outage.

import { onlineManager, type QueryClient } from "@tanstack/react-query";

import type { TaskApi } from "@/lib/api";
import { SignedOut, Unreachable } from "@/lib/errors";
import { catchUp, type Snapshot, withChanges } from "@/lib/snapshot";

import type { Write } from "./writes";

export const TASKS = ["tasks"] as const;
export const WRITE = ["write"] as const;

/** Time until the next attempt while the service is unreachable, in ms: doubled each time. */
const RETRY = { first: 1_000, last: 10_000 };

/** A hidden window closes its stream after this time, in ms: with HTTP/1.1, all windows share six connections to the service. */
const HIDDEN = 5_000;

/** A hidden window reads the changes this often, in ms, to know its reminders. */
const HIDDEN_ROUND = 60_000;

/** Reads all tasks, or the changes since the last token. A successful read means that the service is reachable. */
export const tasksQuery = (client: QueryClient, api: TaskApi) => ({
  queryKey: TASKS,
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Snapshot> => {
    const { changes, token, isAll } = await catchUp(api, client.getQueryData<Snapshot>(TASKS)?.token, signal);
    onlineManager.setOnline(true);
    await createsSettled(client, signal);
    signal.throwIfAborted();
    return withChanges(isAll ? undefined : client.getQueryData<Snapshot>(TASKS), changes, token);
  },
  staleTime: Infinity,
  gcTime: Infinity,
  networkMode: "always" as const,
  retry: false,
  structuralSharing: false,
  meta: { stored: true },
});

/** Follows the changes until `stop`. `onSignedOut` is called when the service rejects the session. */
export async function followTasks(client: QueryClient, api: TaskApi, stop: AbortSignal, onSignedOut: () => void) {
  for (let failures = 0; !stop.aborted; ) {
    const round = new AbortController();
    const leave = () => round.abort();
    stop.addEventListener("abort", leave, { once: true });
    let isResting = false;
    try {
      const wasAway = !onlineManager.isOnline();
      await client.fetchQuery({ ...tasksQuery(client, api), staleTime: 0 });
      if (wasAway) failures = 0;
      const rest = () => {
        isResting = true;
        leave();
      };
      // A write without a response ends the stream: reading the changes tells whether the service is back.
      const unsubscribe = [onlineManager.subscribe((online) => online || leave()), whenHidden(rest)];
      try {
        if (document.hidden) rest();
        else await followEvents(client, api, round.signal, () => (failures = 0));
      } finally {
        unsubscribe.forEach((end) => end());
      }
    } catch (error) {
      if (error instanceof SignedOut) return onSignedOut();
      if (error instanceof Unreachable && !round.signal.aborted) onlineManager.setOnline(false);
    } finally {
      stop.removeEventListener("abort", leave);
    }
    if (isResting) await waitForRetry(document.hidden ? HIDDEN_ROUND : 0, stop);
    else await waitForRetry(Math.min(RETRY.first * 2 ** failures, RETRY.last), stop);
    failures = isResting ? 0 : failures + 1;
  }
}

/** Calls `run` when the window was hidden for some seconds. */
function whenHidden(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(run, HIDDEN);
  };
  document.addEventListener("visibilitychange", look);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

async function followEvents(client: QueryClient, api: TaskApi, signal: AbortSignal, onReady: () => void) {
  const since = client.getQueryData<Snapshot>(TASKS)!.token;
  for await (const { token, change } of api.events(since, signal)) {
    onReady();
    if (!change) continue;
    await createsSettled(client, signal);
    // The next read has the change again.
    if (signal.aborted) return;
    client.setQueryData<Snapshot>(TASKS, (snapshot) => withChanges(snapshot, [change], token));
  }
}

/**
 * Waits for the responses to the creates that were sent. The change of a new task can come before the response, and without the response
 * it would be shown beside the draft.
 */
function createsSettled(client: QueryClient, signal: AbortSignal): Promise<void> {
  const cache = client.getMutationCache();
  const isOpen = () =>
    cache.findAll({ mutationKey: WRITE, status: "pending" }).some(({ state }) => {
      const wasSent = !state.isPaused || state.failureCount > 0;
      return wasSent && (state.variables as Write).kind === "create";
    });
  return new Promise((resolve, reject) => {
    const done = () => {
      unsubscribe.forEach((end) => end());
      signal.removeEventListener("abort", done);
      resolve();
    };
    // A lost response: the create is sent again after the next successful read, so this one must end.
    const fail = () => {
      reject(new Unreachable());
      done();
    };
    const unsubscribe = [cache.subscribe(() => isOpen() || done()), onlineManager.subscribe((online) => online || fail())];
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted || !isOpen()) done();
  });
}

/** Waits, but not longer than until the page gets the focus or the network returns. */
function waitForRetry(time: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const ended = new AbortController();
    const done = () => {
      clearTimeout(timer);
      ended.abort();
      resolve();
    };
    const timer = setTimeout(done, time);
    const options = { once: true, signal: ended.signal };
    for (const event of ["focus", "online"]) window.addEventListener(event, done, options);
    document.addEventListener("visibilitychange", done, options);
    stop.addEventListener("abort", done, options);
    if (stop.aborted) done();
  });
}
