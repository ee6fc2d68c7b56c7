// What the service sends and takes. Written by hand after its description of a task; the one place to put generated types instead.

export type Priority = "high" | "medium" | "low" | "none";

/** A task as the service answers it: every key is there, `null` where there is no value. */
export type Task = {
  id: number;
  user_id: string;
  title: string;
  description: string | null;
  completed: boolean;
  status: "pending" | "completed";
  completed_at: string | null;
  priority: Priority;
  tags: string[];
  /** A day (`2026-12-01`) or an instant (`2026-12-01T09:00:00Z`). */
  due_date: string | null;
  time_zone: string | null;
  remind_at: string | null;
  recurrence_rule: string | null;
  repeat_from: "due_date" | "completion";
  series_id: number | null;
  /** Rises with every write; the `ETag` is `"id-version"`. */
  version: number;
  created_at: string;
  updated_at: string;
};

/** What a person may write. In a change an absent key keeps what is there, and `null` clears it. */
export type TaskFields = Pick<Task, "title" | "description" | "priority" | "tags" | "due_date">;

export type NewTask = Pick<Task, "title"> & Partial<TaskFields>;

/** What a list is narrowed and ordered by; what is not set does not count. */
export type Query = {
  status?: "pending" | "completed";
  priority?: Priority;
  /** Tasks that have this tag. */
  tag?: string;
  /** Text in title or description. */
  search?: string;
  sort?: "created_at" | "due_date" | "priority" | "title" | "updated_at";
  /** The trash instead of the list. */
  deleted?: true;
  limit?: number;
};

/** A problem document (RFC 9457), the body of every failure. */
export type ProblemDocument = {
  status: number;
  title: string;
  /** One sentence for people. */
  detail: string;
  /** Which fields a 422 complains about, as `#/title`. */
  errors?: { pointer: string; detail: string }[];
  request_id?: string;
};
