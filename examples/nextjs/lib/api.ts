// A typed client of the task service, for browsers and Node.js. To use it elsewhere, copy the folder `lib`, and add the package
// eventsource-parser for the live events.
//
//   const api = taskApi(session.user.id);                                    the session cookie, through this origin
//   const api = taskApi(session.user.id, { origin, token: tokenKeeper() });  a JWT, to the service's own origin

import { EventSourceParserStream } from "eventsource-parser/stream";

import { Problem, SignedOut, Unreachable } from "./errors";
import type { Change, Changes, Imported, NewTask, Operation, ProblemDocument, Query, Statistics, Task, TaskChange } from "./task";
import type { TokenKeeper } from "./token";

/** Timeout of a call, in ms. */
const TIMEOUT = 15_000;

/** Timeout of a stream without an event or a comment, in ms. The service sends a comment every 15 seconds. */
const STREAM_TIMEOUT = 40_000;

export type Page = {
  tasks: Task[];
  /** The address of the next page, for `list`; `null` on the last page. */
  next: string | null;
};

/** An event of the feed: `token` continues after it. Without a change, the client has all changes. */
export type FeedEvent = { token: string; change: Change | null };

type Versioned = Pick<Task, "id" | "version">;

export type TaskApi = ReturnType<typeof taskApi>;

export function taskApi(user: string, jwt: { origin: string; token: TokenKeeper } | null = null) {
  const base = `/api/${encodeURIComponent(user)}/tasks`;
  const send = jwt ? withToken(jwt.origin, jwt.token) : withCookie;

  async function call(method: string, path: string, { body, headers, signal, timeout = AbortSignal.timeout(TIMEOUT) }: Options = {}) {
    const init: RequestInit = { method, headers: { ...headers }, cache: "no-store", signal: AbortSignal.any([signal ?? timeout, timeout]) };
    if (body !== undefined) {
      init.body = typeof body === "string" ? body : JSON.stringify(body);
      init.headers = { "Content-Type": "application/json", ...headers };
    }
    const response = await send(path, init).catch((error: unknown) => {
      if (signal?.aborted || error instanceof SignedOut || error instanceof Unreachable) throw error;
      throw new Unreachable();
    });
    if (!response.ok) throw await failure(response);
    return response;
  }

  const json = async <T>(method: string, path: string, options?: Options) => (await (await call(method, base + path, options)).json()) as T;

  return {
    /** Reads a page of tasks: by a query, or by the `next` of the page before. */
    async list(query: Query | string, signal?: AbortSignal): Promise<Page> {
      const path = typeof query === "string" ? query : `${base}?${parameters(query)}`;
      const response = await call("GET", path, { signal });
      return { tasks: (await response.json()) as Task[], next: nextOf(response.headers.get("Link")) };
    },

    get: (id: number) => json<Task>("GET", `/${id}`),

    /** Sent again with the same `key`, it returns the first response and creates no second task. */
    create: (task: NewTask, key: string) => json<Task>("POST", "", { body: task, headers: once(key) }),

    /** Throws a `Problem` with status 412 if the task has another version. */
    change: (task: Versioned, fields: TaskChange) => json<Task>("PATCH", `/${task.id}`, { body: fields, headers: ifMatch(task) }),

    complete: (id: number, completed: boolean, key: string) =>
      json<Task>("POST", `/${id}/complete`, { body: { completed }, headers: once(key) }),

    /** Moves a task to the trash. */
    remove: async (id: number) => void (await call("DELETE", `${base}/${id}`)),

    /** Deletes a task permanently, also from the trash. */
    purge: async (id: number) => void (await call("DELETE", `${base}/${id}?permanent=true`)),

    /** Moves a task out of the trash. */
    restore: (id: number, key: string) => json<Task>("POST", `/${id}/restore`, { headers: once(key) }),

    /** Runs at most 100 operations in one transaction. */
    bulk: (operations: Operation[], key: string) =>
      json<{ results: (Task | { id: number; success: boolean })[] }>("POST", "/bulk", { body: { operations }, headers: once(key) }),

    statistics: (timeZone: string, signal?: AbortSignal) =>
      json<Statistics>("GET", `/stats?${parameters({ time_zone: timeZone })}`, { signal }),

    /** Returns a file of all tasks. */
    async export(format: "json" | "csv" | "ics"): Promise<Blob> {
      return (await call("GET", `${base}/export?format=${format}`)).blob();
    },

    /** Imports a file of an export: JSON or iCalendar. */
    import: (text: string, type: "application/json" | "text/calendar", key: string) =>
      json<Imported>("POST", "/import", { body: text, headers: { ...once(key), "Content-Type": type } }),

    /** Reads the changes since a token; without one, all tasks. Throws a `Problem` with status 410 if the token is too old. */
    changes: (since?: string, signal?: AbortSignal) => json<Changes>("GET", `/changes?${parameters({ since })}`, { signal }),

    /** Yields the changes since a token as they happen, until the service ends the stream. */
    async *events(since: string, signal?: AbortSignal): AsyncGenerator<FeedEvent, void> {
      const silence = new AbortController();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const onData = (time = STREAM_TIMEOUT) => {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), time);
      };
      onData(TIMEOUT);
      try {
        const response = await call("GET", `${base}/events?${parameters({ since })}`, { signal, timeout: silence.signal });
        const text = response.body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
        const reader = text.pipeThrough(new EventSourceParserStream({ onComment: () => onData() })).getReader();
        for (;;) {
          onData();
          const { done, value } = await reader.read();
          if (done) return;
          yield { token: value.id ?? since, change: value.event === "ready" ? null : (JSON.parse(value.data) as Change) };
        }
      } catch (error) {
        // A connection that breaks, and a silent one.
        if (signal?.aborted || error instanceof Problem || error instanceof SignedOut) throw error;
        throw new Unreachable();
      } finally {
        clearTimeout(timer);
        silence.abort();
      }
    },
  };
}

type Options = { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal; timeout?: AbortSignal };

type Send = (path: string, init: RequestInit) => Promise<Response>;

const once = (key: string) => ({ "Idempotency-Key": key });

const ifMatch = ({ id, version }: Versioned) => ({ "If-Match": `"${id}-${version}"` });

/** The browser adds the httpOnly cookie. Scripts cannot read it. */
const withCookie: Send = (path, init) => fetch(path, { ...init, credentials: "same-origin" });

/** Sends the token in a header, without cookies. Renews a rejected token once. */
function withToken(origin: string, tokens: TokenKeeper): Send {
  return async (path, init) => {
    const attempt = (token: string) =>
      fetch(origin + path, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` }, credentials: "omit" });
    const token = await tokens.get();
    const response = await attempt(token);
    if (response.status !== 401) return response;
    tokens.forget(token);
    return attempt(await tokens.get());
  };
}

async function failure(response: Response): Promise<Error> {
  if (response.status === 401) return new SignedOut();
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  // A proxy answered instead of the service, or the service is not available.
  if (!isProblem || response.status === 503) return new Unreachable();
  return new Problem((await response.json()) as ProblemDocument);
}

/** Writes the values of a list with commas: `tags=home,garden`. Leaves out empty values. */
function parameters(query: Record<string, unknown>): URLSearchParams {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)]));
}

/** Reads the address in `Link: <…>; rel="next"` (RFC 8288): a path of the service. */
const nextOf = (link: string | null) => /<([^>]*)>;\s*rel="?next"?/.exec(link ?? "")?.[1] ?? null;
