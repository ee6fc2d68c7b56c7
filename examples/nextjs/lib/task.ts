// Short names for the service's types. `npm run types` writes them to openapi.d.ts.

import type { components, operations } from "./openapi";

type Schemas = components["schemas"];

export type Priority = Schemas["Priority"];

/** A task in a response. Every member is present; `null` means no value. */
export type Task = Schemas["Task"];

export type NewTask = Schemas["NewTask"];

/** In a change, an absent member keeps its value, and `null` removes it. */
export type TaskChange = Schemas["TaskChange"];

/** A change of the feed: the newest state of one task. */
export type Change = Schemas["Change"];

export type Changes = Schemas["Changes"];

/** One operation of a bulk request. */
export type Operation = Schemas["Operation"];

/** The report of an import. */
export type Imported = Schemas["Imported"];

export type Statistics = Schemas["Numbers"];

/** The filters and the order of a list. */
export type Query = NonNullable<operations["listTasks"]["parameters"]["query"]>;

/** A problem document (RFC 9457), the body of every error response. */
export type ProblemDocument = Schemas["Problem"];
