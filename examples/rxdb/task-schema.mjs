// The RxDB schema of a task, and its conversion from and to the JSON of the service.

/** The members that a client may change. */
const writable = ["title", "description", "completed", "priority", "tags", "due_date", "time_zone", "remind_at", "recurrence_rule", "repeat_from"];

const text = { type: ["string", "null"] };

/** `uid` is the primary key, because the client chooses it, also offline. `id` and `version` are null until the service has the task. */
export const taskSchema = {
  title: "task",
  version: 0,
  primaryKey: "uid",
  type: "object",
  properties: {
    uid: { type: "string", maxLength: 255 },
    id: { type: ["integer", "null"] },
    version: { type: ["integer", "null"] },
    title: { type: "string" },
    description: text,
    completed: { type: "boolean" },
    priority: { type: "string" },
    tags: { type: "array", items: { type: "string" } },
    due_date: text,
    time_zone: text,
    remind_at: text,
    recurrence_rule: text,
    repeat_from: { type: "string" },
  },
  required: ["uid", "title"],
};

/** Returns a new task. `uid` makes a create that is sent twice create one task. */
export const newTask = (members) => ({ uid: crypto.randomUUID(), id: null, version: null, completed: false, tags: [], ...members });

/** Converts a change of the feed to a document. A task in the trash is a deleted document. */
export function toDocument({ uid, id, deleted, task }) {
  const members = Object.fromEntries(writable.filter((name) => task && name in task).map((name) => [name, task[name]]));
  return { uid, id, version: task?.version ?? null, title: "", ...members, _deleted: deleted };
}

/** Returns the members of a document that the service stores. */
export const toTask = (document) => Object.fromEntries(writable.filter((name) => document[name] !== undefined).map((name) => [name, document[name]]));

/** Returns the members of a document that differ from another one. */
export const toPatch = (document, other) => Object.fromEntries(Object.entries(toTask(document)).filter(([name, value]) => !isEqual(value, other[name])));

/** Returns whether a task of the service has all members of a document. Both are deleted, or neither. */
export function holds(task, document) {
  if (task._deleted || document._deleted) return task._deleted === document._deleted;
  return Object.keys(toPatch(document, task)).length === 0;
}

const isEqual = (value, other) => JSON.stringify(value) === JSON.stringify(other);
