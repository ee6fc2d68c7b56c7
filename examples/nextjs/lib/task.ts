// What the service sends and takes, by short names. The types are made from its OpenAPI document: `npm run types` writes openapi.d.ts.

import type { components, operations } from "./openapi";

type Schemas = components["schemas"];

export type Priority = Schemas["Priority"];

/** A task as the service answers it: every key is there, `null` where there is no value. */
export type Task = Schemas["Task"];

/** What this front end lets a person write. In a change an absent key keeps what is there, and `null` clears it. */
export type TaskFields = Pick<Task, "title" | "description" | "priority" | "tags" | "due_date">;

export type NewTask = Schemas["NewTask"];

export type TaskChange = Schemas["TaskChange"];

/** What a list is narrowed and ordered by; what is not set does not count. */
export type Query = NonNullable<operations["listTasks"]["parameters"]["query"]>;

/** A problem document (RFC 9457), the body of every failure. */
export type ProblemDocument = Schemas["Problem"];
