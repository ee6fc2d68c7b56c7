// The errors of a call. Each message is a sentence for the user.

import type { ProblemDocument } from "./task";

/** The service rejected the call and gave the reason. */
export class Problem extends Error {
  readonly status: number;
  /** A stable code, such as `validation_failed`. */
  readonly code: string;
  /** The errors of the fields, by the name of the field. */
  readonly fields: Record<string, string>;

  constructor(document: ProblemDocument) {
    super(document.detail);
    this.status = document.status;
    this.code = document.error.code;
    this.fields = Object.fromEntries((document.errors ?? []).map((error) => [error.pointer.split("/")[1] ?? "", error.detail]));
  }
}

/** No response, or a response of another server. A write may be stored: only its response may be lost. */
export class Unreachable extends Error {
  constructor(message = "Perhaps that was not done: the task service did not answer. Try again.") {
    super(message);
  }
}

/** The session has ended, or the service does not recognise it. */
export class SignedOut extends Error {
  constructor() {
    super("You are signed out. Sign in again to go on.");
  }
}

/** Returns the sentence to show for an error. */
export const sentence = (error: unknown) => (error instanceof Error ? error.message : "Something went wrong.");
