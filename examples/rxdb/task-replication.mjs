// Replicates a user's tasks between an RxDB collection and the service, live and after an outage.

import { replicateRxCollection } from "rxdb/plugins/replication";
import { Subject } from "rxjs";

import { followEvents } from "./follow-events.mjs";
import { KnownTasks } from "./known-tasks.mjs";
import { Conflict, ExpiredToken } from "./task-api.mjs";
import { holds, toDocument, toPatch, toTask } from "./task-schema.mjs";

/** How many changes one request reads. */
const PAGE = 100;

/** How often a write is tried again, while other clients change the same task. */
const ATTEMPTS = 3;

/** Starts the replication. Returns RxDB's replication state; `cancel()` ends it. */
export function replicateTasks(collection, api, { identifier, retryTime = 1000 }) {
  const known = new KnownTasks(api, PAGE);
  const stream$ = new Subject();
  const replication = replicateRxCollection({
    collection,
    replicationIdentifier: identifier,
    retryTime,
    waitForLeadership: false,
    pull: { batchSize: PAGE, stream$, handler: (checkpoint) => pull(collection, api, known, checkpoint) },
    push: { batchSize: 10, handler: (rows) => push(api, known, rows) },
  });
  const close = followEvents(api, {
    onChange: (change, token) => stream$.next({ documents: [known.add(change)], checkpoint: { token } }),
    // A new stream begins at the newest change. RxDB pulls what came before.
    onReady: () => stream$.next("RESYNC"),
    retryTime,
  });
  replication.canceled$.subscribe((isCanceled) => isCanceled && close());
  return replication;
}

/** Reads the changes since the checkpoint. RxDB asks for more if the page is full. */
async function pull(collection, api, known, checkpoint) {
  try {
    const page = await api.changes(checkpoint?.token, PAGE);
    return { documents: page.changes.map((change) => known.add(change)), checkpoint: { token: page.next } };
  } catch (error) {
    if (!(error instanceof ExpiredToken)) throw error;
    return readAll(collection, api, known);
  }
}

/** Reads all tasks, and deletes the documents without a task: the feed does not have their deletions any more. */
async function readAll(collection, api, known) {
  const documents = new Map();
  let page = { more: true, next: undefined };
  while (page.more) {
    page = await api.changes(page.next, PAGE);
    for (const change of page.changes) documents.set(change.uid, known.add(change));
  }
  for (const local of await collection.find().exec()) {
    if (local.id !== null && !documents.has(local.uid)) documents.set(local.uid, { ...local.toJSON(), _deleted: true });
  }
  return { documents: [...documents.values()], checkpoint: { token: page.next } };
}

/** Sends local changes. Returns the service's state of the tasks in conflict; RxDB keeps that state. */
async function push(api, known, rows) {
  const conflicts = [];
  for (const { newDocumentState: document, assumedMasterState: before } of rows) {
    const conflict = before ? await change(api, known, document, before) : await create(api, known, document);
    if (conflict) conflicts.push(conflict);
  }
  return conflicts;
}

/** Creates a task. Returns the service's state if it differs: the task was changed here before the response of an earlier create came. */
async function create(api, known, document) {
  // created and deleted offline
  if (document._deleted) return undefined;
  try {
    await api.create(document.uid, toTask(document));
    return undefined;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    const current = await known.refresh(document.uid);
    return holds(current, document) ? undefined : current;
  }
}

/** Writes a change if the service still has the state before it. Returns the service's state if another client changed the task. */
async function change(api, known, document, before) {
  let current = known.get(document.uid) ?? (await known.refresh(document.uid));
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // The service has this change already: its response was lost.
    if (holds(current, document)) return undefined;
    if (!holds(current, before)) return current;
    try {
      known.set(await write(api, document, current));
      return undefined;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      current = await known.refresh(document.uid);
    }
  }
  return current;
}

async function write(api, document, current) {
  if (document._deleted) {
    await api.remove(current);
    return { ...current, _deleted: true };
  }
  const task = await api.update(current, toPatch(document, current));
  return toDocument({ uid: document.uid, id: task.id, deleted: false, task });
}
