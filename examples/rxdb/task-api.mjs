// The calls of the service that a replication needs.

import { EventSource } from "eventsource";

/** A token of the change feed is older than the permanent deletions that the service keeps. */
export class ExpiredToken extends Error {}

/** A write was rejected because the task has changed or does not exist any more, or because an earlier create had other members. */
export class Conflict extends Error {}

/**
 * Creates a client of a user's tasks.
 *
 * `url` is the URL of the tasks, such as `https://example.com/api/tasks`. `authorize` returns the headers of each request: a JWT, or none if
 * the browser sends the session cookie.
 */
export function taskApi({ url, authorize = async () => ({}) }) {
  const send = async (path, { method = "GET", headers = {}, body, signal } = {}) =>
    fetch(url + path, {
      method,
      signal,
      credentials: "include",
      headers: { ...(await authorize()), ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });

  const call = async (path, options) => {
    const response = await send(path, options);
    const json = response.status === 204 ? null : await response.json();
    if (response.status === 410) throw new ExpiredToken(json.detail);
    const isReused = json?.error?.code === "idempotency_key_reused";
    if (response.status === 412 || response.status === 404 || isReused) throw new Conflict(json.detail);
    if (!response.ok) throw new Error(`${response.status}: ${json.detail}`);
    return json;
  };

  const ifMatch = ({ id, version }) => ({ "if-match": `"${id}-${version}"` });

  return {
    /** Reads the changes since a token. Without a token, reads all tasks. */
    changes: (since, limit) => {
      const query = new URLSearchParams({ limit });
      if (since) query.set("since", since);
      return call(`/changes?${query}`);
    },

    /**
     * Creates a task with the uid of the client. Sent again, it has no effect, even if the task has been deleted in between. An invalid task
     * is an error.
     */
    create: async (uid, task) => {
      const headers = { "idempotency-key": `create-${uid}` };
      const { created } = await call("/import?strict=true", { method: "POST", body: [{ uid, ...task }], headers });
      if (created === 0) throw new Conflict("the service has a task with this uid");
    },

    /** Changes a task, unless another client changed it. */
    update: (before, patch) => call(`/${before.id}`, { method: "PATCH", body: patch, headers: ifMatch(before) }),

    /** Deletes a task permanently, unless another client changed it. */
    remove: (before) => call(`/${before.id}?permanent=true`, { method: "DELETE", headers: ifMatch(before) }),

    /** Opens the live events. The package `eventsource` sends headers, which a browser's own EventSource cannot. */
    events: () =>
      new EventSource(`${url}/events`, {
        withCredentials: true,
        fetch: async (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...(await authorize()) } }),
      }),
  };
}
