// The newest state of each task that the service has sent.

import { toDocument } from "./task-schema.mjs";

/** RxDB does not know the version of a task after its own write. This does, so that the next write does not conflict with it. */
export class KnownTasks {
  #documents = new Map();
  #token;

  constructor(api, page) {
    this.api = api;
    this.page = page;
  }

  /** Remembers a change of the feed, and returns its document. */
  add(change) {
    const document = toDocument(change);
    this.set(document);
    return document;
  }

  /** Remembers a document, unless a newer one is known. */
  set(document) {
    const known = this.#documents.get(document.uid);
    const isOlder = known && (known.version ?? Infinity) > (document.version ?? Infinity);
    if (!isOlder) this.#documents.set(document.uid, document);
  }

  get(uid) {
    return this.#documents.get(uid);
  }

  /** Reads the changes since the last call, and returns the task's newest state. */
  async refresh(uid) {
    for (let more = true; more; ) {
      const page = await this.api.changes(this.#token, this.page);
      for (const change of page.changes) this.add(change);
      this.#token = page.next;
      more = page.more;
    }
    const document = this.#documents.get(uid);
    if (!document) throw new Error(`the service has no task with the uid ${uid}`);
    return document;
  }
}
