// The task service, typed. To use it elsewhere, copy this file with errors.ts, task.ts, openapi.d.ts and, for the JWT,
// token.ts.
//
//   const api = taskApi(session.user.id);                                    the session cookie, through this origin
//   const api = taskApi(session.user.id, { origin, token: tokenKeeper() });  a JWT, to the service's own origin

import { Problem, SignedOut, Unreachable } from "./errors";
import type { NewTask, ProblemDocument, Query, Task, TaskChange } from "./task";
import type { TokenKeeper } from "./token";

/** The longest that one call may take, in ms. */
const PATIENCE = 15_000;

export type Page = {
  tasks: Task[];
  /** The next page's address, for `list`; `null` at the end. */
  next: string | null;
};

export type TaskApi = ReturnType<typeof taskApi>;

export function taskApi(user: string, proof: { origin: string; token: TokenKeeper } | null = null) {
  const base = `/api/${encodeURIComponent(user)}/tasks`;
  const send = proof ? withToken(proof.origin, proof.token) : withCookie;

  async function call(method: string, path: string, { body, headers, signal }: Options = {}) {
    const init: RequestInit = { method, headers: { ...headers }, cache: "no-store", signal: patient(signal) };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      Object.assign(init.headers!, { "Content-Type": "application/json" });
    }
    const response = await send(path, init).catch((error: unknown) => {
      if (signal?.aborted || error instanceof SignedOut || error instanceof Unreachable) throw error;
      throw new Unreachable();
    });
    if (!response.ok) throw await failure(response);
    return response;
  }

  const one = async (method: string, path: string, options?: Options) =>
    (await (await call(method, base + path, options)).json()) as Task;

  return {
    /** A page of tasks: by a query, or by the `next` of the page before. */
    async list(query: Query | string, signal?: AbortSignal): Promise<Page> {
      const path = typeof query === "string" ? query : `${base}?${parameters(query)}`;
      const response = await call("GET", path, { signal });
      return { tasks: (await response.json()) as Task[], next: nextOf(response.headers.get("Link")) };
    },

    /** `key` names this creation: sent again after a broken connection, it is answered with what was made the first time. */
    create: (task: NewTask, key: string) => one("POST", "", { body: task, headers: { "Idempotency-Key": key } }),

    get: (id: number) => one("GET", `/${id}`),

    /** A 412 `Problem` if the task is no longer at this version. */
    change: (task: Pick<Task, "id" | "version">, fields: TaskChange) =>
      one("PATCH", `/${task.id}`, { body: fields, headers: { "If-Match": `"${task.id}-${task.version}"` } }),

    complete: (id: number, completed: boolean) => one("PATCH", `/${id}/complete`, { body: { completed } }),

    /** Moves it to the trash. */
    async remove(id: number): Promise<void> {
      await call("DELETE", `${base}/${id}`);
    },

    /** Takes it out of the trash. */
    restore: (id: number) => one("POST", `/${id}/restore`),
  };
}

type Options = { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal };

type Send = (path: string, init: RequestInit) => Promise<Response>;

/** The browser adds the httpOnly cookie by itself; no script sees it. */
const withCookie: Send = (path, init) => fetch(path, { ...init, credentials: "same-origin" });

/** The token goes along in a header, and cookies do not. One that is refused is renewed once. */
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
  // Something between here and the service has answered in its place, or the service says that it is not able to for now.
  if (!isProblem || response.status === 503) return new Unreachable();
  return new Problem((await response.json()) as ProblemDocument);
}

/** Of a list of values each, with commas between: `tags=home,garden`. */
function parameters(query: Query): URLSearchParams {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)]));
}

/** The address in `Link: <…>; rel="next"` (RFC 8288): a path of the service. */
const nextOf = (link: string | null) => /<([^>]*)>;\s*rel="?next"?/.exec(link ?? "")?.[1] ?? null;

function patient(signal?: AbortSignal): AbortSignal {
  const limit = AbortSignal.timeout(PATIENCE);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}
