// What a call can end with, other than its answer. Each message is a sentence to show.

import type { ProblemDocument } from "./task";

/** The service refused, and said why. */
export class Problem extends Error {
  readonly status: number;
  /** What is wrong with each field, by the field's name. */
  readonly fields: Record<string, string>;

  constructor(document: ProblemDocument) {
    super(document.detail);
    this.status = document.status;
    this.fields = Object.fromEntries((document.errors ?? []).map((error) => [error.pointer.split("/")[1] ?? "", error.detail]));
  }
}

/** No answer, or none of the service's. A write may have been done all the same: only its answer may be lost. */
export class Unreachable extends Error {
  constructor(message = "Perhaps that was not done: the task service did not answer. Try again.") {
    super(message);
  }
}

/** Nobody is signed in any more. */
export class SignedOut extends Error {
  constructor() {
    super("You are signed out. Sign in again to go on.");
  }
}

/** The sentence to show for whatever was thrown. */
export const sentence = (error: unknown) => (error instanceof Error ? error.message : "Something went wrong.");
