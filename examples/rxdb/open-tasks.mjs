// Opens a database with a user's tasks that follows the service.

import { addRxPlugin, createRxDatabase } from "rxdb/plugins/core";
import { RxDBLeaderElectionPlugin } from "rxdb/plugins/leader-election";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";

import { taskApi } from "./task-api.mjs";
import { replicateTasks } from "./task-replication.mjs";
import { taskSchema } from "./task-schema.mjs";

addRxPlugin(RxDBLeaderElectionPlugin);

/** In a browser, use a storage that keeps its data, such as `getRxStorageDexie` of `rxdb/plugins/storage-dexie`. */
export async function openTasks({ name, url, authorize, storage = getRxStorageMemory() }) {
  const database = await createRxDatabase({ name, storage, multiInstance: false });
  const { tasks } = await database.addCollections({ tasks: { schema: taskSchema } });
  const replication = replicateTasks(tasks, taskApi({ url, authorize }), { identifier: `tasks of ${url}` });
  return { database, tasks, replication };
}
