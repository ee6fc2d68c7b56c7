// Made from the service's OpenAPI document by `npm run types`; not to be edited.

export interface paths {
    "/api/{user_id}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists tasks
         * @description Sorted by creation time, newest first, unless `sort` is given.
         */
        get: operations["listTasks"];
        put?: never;
        /** Creates a task */
        post: operations["createTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts tasks
         * @description Counts tasks by status, priority and tag, overdue tasks, and the completions of each of the last 30 days. Tasks in the trash are not counted. If there are more than 1,000 tags, the 1,000 most used tags are counted.
         */
        get: operations["getTaskStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Runs several writes in one transaction
         * @description An operation has `op`, the members of the corresponding single request, and, except for `create`, the task's `id`. An optional `version` has the effect of `If-Match`. If one operation fails, the service applies none, and the problem document has its index.
         */
        post: operations["bulkTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Exports tasks
         * @description Exports all tasks that match the filters, oldest first. A user can run at most two exports at a time.
         */
        get: operations["exportTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Imports tasks
         * @description Imports the JSON of an export, or the VTODOs of an iCalendar. Invalid tasks are reported in `rejected`, and the others are imported. With `strict=true`, an invalid task rejects the whole import with 422. A task whose `uid` exists is skipped, so repeating an import creates nothing. Exceptions: a task in the trash is restored, and a task of a calendar with a higher `SEQUENCE` or a later `LAST-MODIFIED` is updated. An import can have at most 10,000 tasks. A user can run one import at a time.
         */
        post: operations["importTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists changes
         * @description The tasks that changed since a token, in the order of their commits, each in its newest state. Without `since`, all tasks. Includes tasks in the trash, and permanent deletions of the last `TOMBSTONE_DAYS` days.
         */
        get: operations["listTaskChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams changes
         * @description The changes of tasks as server-sent events (`text/event-stream`). The data of an event is a change as in `/changes`, and its `id` is the token after it. The event `ready` follows when the client has all changes. A stream ends with its credential; the client then reconnects with `Last-Event-ID`.
         */
        get: operations["streamTaskEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gets a task */
        get: operations["getTask"];
        /**
         * Updates a task, like PATCH
         * @description An absent member keeps its value. `null` removes it.
         */
        put: operations["putTask"];
        post?: never;
        /**
         * Deletes a task
         * @description Moves the task to the trash, from which it can be restored. `permanent=true` deletes it permanently.
         */
        delete: operations["deleteTask"];
        options?: never;
        head?: never;
        /**
         * Updates a task
         * @description An absent member keeps its value. `null` removes it.
         */
        patch: operations["updateTask"];
        trace?: never;
    };
    "/api/{user_id}/tasks/{id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Completes or reopens a task, like PATCH
         * @description Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
         */
        post: operations["postTaskCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Completes or reopens a task
         * @description Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
         */
        patch: operations["completeTask"];
        trace?: never;
    };
    "/api/{user_id}/tasks/{id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Sets the status of a task */
        patch: operations["setTaskStatus"];
        trace?: never;
    };
    "/api/{user_id}/tasks/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restores a task from the trash */
        post: operations["restoreTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Checks liveness */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Checks readiness
         * @description The service is ready if the database responds, no migration is pending, and credentials can be verified. The log has the cause of a failure. A service that is shutting down is not ready.
         *
         *     Without Better Auth's tables the service can verify JWTs, but not cookies. The response reports this; it is a failure only with `SESSION_SOURCE=database`. Missing row-level security is a failure only with `REQUIRE_ROW_SECURITY`. An unreachable Redis is a failure only if sessions are stored there. On Citus, a node that does not respond is no failure: the users with rows on other nodes are served. The check does not call the front end, which may itself wait for this service.
         *
         *     The service checks at most once a second, on a separate database connection. `checked_at` is the time of the check. A check that takes longer than three seconds returns 503.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gets the OpenAPI document */
        get: operations["getOpenapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows the API documentation
         * @description An HTML page that shows the OpenAPI document and can send requests.
         */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Describes the error codes
         * @description An HTML page with each code, its status, its meaning and what to do. `type` of a problem document links to it, so `DOCS=off` keeps it.
         */
        get: operations["getErrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gets the paths of the documentation
         * @description An HTML page if `Accept` contains `text/html`, as that of browsers does, otherwise JSON.
         */
        get: operations["getStart"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks/{id}/toggle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Completes or reopens a task, like /complete
         * @description Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
         */
        patch: operations["toggleTask"];
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Checks readiness, like /readyz
         * @description The service is ready if the database responds, no migration is pending, and credentials can be verified. The log has the cause of a failure. A service that is shutting down is not ready.
         *
         *     Without Better Auth's tables the service can verify JWTs, but not cookies. The response reports this; it is a failure only with `SESSION_SOURCE=database`. Missing row-level security is a failure only with `REQUIRE_ROW_SECURITY`. An unreachable Redis is a failure only if sessions are stored there. On Citus, a node that does not respond is no failure: the users with rows on other nodes are served. The check does not call the front end, which may itself wait for this service.
         *
         *     The service checks at most once a second, on a separate database connection. `checked_at` is the time of the check. A check that takes longer than three seconds returns 503.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists tasks
         * @description Sorted by creation time, newest first, unless `sort` is given.
         */
        get: operations["listUserTasks"];
        put?: never;
        /** Creates a task */
        post: operations["createUserTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tasks/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts tasks
         * @description Counts tasks by status, priority and tag, overdue tasks, and the completions of each of the last 30 days. Tasks in the trash are not counted. If there are more than 1,000 tags, the 1,000 most used tags are counted.
         */
        get: operations["getUserTaskStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tasks/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Runs several writes in one transaction
         * @description An operation has `op`, the members of the corresponding single request, and, except for `create`, the task's `id`. An optional `version` has the effect of `If-Match`. If one operation fails, the service applies none, and the problem document has its index.
         */
        post: operations["bulkUserTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tasks/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Exports tasks
         * @description Exports all tasks that match the filters, oldest first. A user can run at most two exports at a time.
         */
        get: operations["exportUserTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tasks/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Imports tasks
         * @description Imports the JSON of an export, or the VTODOs of an iCalendar. Invalid tasks are reported in `rejected`, and the others are imported. With `strict=true`, an invalid task rejects the whole import with 422. A task whose `uid` exists is skipped, so repeating an import creates nothing. Exceptions: a task in the trash is restored, and a task of a calendar with a higher `SEQUENCE` or a later `LAST-MODIFIED` is updated. An import can have at most 10,000 tasks. A user can run one import at a time.
         */
        post: operations["importUserTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tasks/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists changes
         * @description The tasks that changed since a token, in the order of their commits, each in its newest state. Without `since`, all tasks. Includes tasks in the trash, and permanent deletions of the last `TOMBSTONE_DAYS` days.
         */
        get: operations["listUserTaskChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tasks/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams changes
         * @description The changes of tasks as server-sent events (`text/event-stream`). The data of an event is a change as in `/changes`, and its `id` is the token after it. The event `ready` follows when the client has all changes. A stream ends with its credential; the client then reconnects with `Last-Event-ID`.
         */
        get: operations["streamUserTaskEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gets a task */
        get: operations["getUserTask"];
        /**
         * Updates a task, like PATCH
         * @description An absent member keeps its value. `null` removes it.
         */
        put: operations["putUserTask"];
        post?: never;
        /**
         * Deletes a task
         * @description Moves the task to the trash, from which it can be restored. `permanent=true` deletes it permanently.
         */
        delete: operations["deleteUserTask"];
        options?: never;
        head?: never;
        /**
         * Updates a task
         * @description An absent member keeps its value. `null` removes it.
         */
        patch: operations["updateUserTask"];
        trace?: never;
    };
    "/api/users/{user_id}/tasks/{id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Completes or reopens a task, like PATCH
         * @description Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
         */
        post: operations["postUserTaskCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Completes or reopens a task
         * @description Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
         */
        patch: operations["completeUserTask"];
        trace?: never;
    };
    "/api/users/{user_id}/tasks/{id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Sets the status of a task */
        patch: operations["setUserTaskStatus"];
        trace?: never;
    };
    "/api/users/{user_id}/tasks/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restores a task from the trash */
        post: operations["restoreUserTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}/tasks/{id}/toggle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Completes or reopens a task, like /complete
         * @description Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
         */
        patch: operations["toggleUserTask"];
        trace?: never;
    };
    "/api/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists tasks
         * @description Sorted by creation time, newest first, unless `sort` is given.
         */
        get: operations["listOwnTasks"];
        put?: never;
        /** Creates a task */
        post: operations["createOwnTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Counts tasks
         * @description Counts tasks by status, priority and tag, overdue tasks, and the completions of each of the last 30 days. Tasks in the trash are not counted. If there are more than 1,000 tags, the 1,000 most used tags are counted.
         */
        get: operations["getOwnTaskStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Runs several writes in one transaction
         * @description An operation has `op`, the members of the corresponding single request, and, except for `create`, the task's `id`. An optional `version` has the effect of `If-Match`. If one operation fails, the service applies none, and the problem document has its index.
         */
        post: operations["bulkOwnTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Exports tasks
         * @description Exports all tasks that match the filters, oldest first. A user can run at most two exports at a time.
         */
        get: operations["exportOwnTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Imports tasks
         * @description Imports the JSON of an export, or the VTODOs of an iCalendar. Invalid tasks are reported in `rejected`, and the others are imported. With `strict=true`, an invalid task rejects the whole import with 422. A task whose `uid` exists is skipped, so repeating an import creates nothing. Exceptions: a task in the trash is restored, and a task of a calendar with a higher `SEQUENCE` or a later `LAST-MODIFIED` is updated. An import can have at most 10,000 tasks. A user can run one import at a time.
         */
        post: operations["importOwnTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists changes
         * @description The tasks that changed since a token, in the order of their commits, each in its newest state. Without `since`, all tasks. Includes tasks in the trash, and permanent deletions of the last `TOMBSTONE_DAYS` days.
         */
        get: operations["listOwnTaskChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams changes
         * @description The changes of tasks as server-sent events (`text/event-stream`). The data of an event is a change as in `/changes`, and its `id` is the token after it. The event `ready` follows when the client has all changes. A stream ends with its credential; the client then reconnects with `Last-Event-ID`.
         */
        get: operations["streamOwnTaskEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gets a task */
        get: operations["getOwnTask"];
        /**
         * Updates a task, like PATCH
         * @description An absent member keeps its value. `null` removes it.
         */
        put: operations["putOwnTask"];
        post?: never;
        /**
         * Deletes a task
         * @description Moves the task to the trash, from which it can be restored. `permanent=true` deletes it permanently.
         */
        delete: operations["deleteOwnTask"];
        options?: never;
        head?: never;
        /**
         * Updates a task
         * @description An absent member keeps its value. `null` removes it.
         */
        patch: operations["updateOwnTask"];
        trace?: never;
    };
    "/api/tasks/{id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Completes or reopens a task, like PATCH
         * @description Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
         */
        post: operations["postOwnTaskCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Completes or reopens a task
         * @description Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
         */
        patch: operations["completeOwnTask"];
        trace?: never;
    };
    "/api/tasks/{id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Sets the status of a task */
        patch: operations["setOwnTaskStatus"];
        trace?: never;
    };
    "/api/tasks/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restores a task from the trash */
        post: operations["restoreOwnTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{id}/toggle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Completes or reopens a task, like /complete
         * @description Completing a recurring task creates its next occurrence. Reopening it deletes that occurrence permanently, unless it was changed.
         */
        patch: operations["toggleOwnTask"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The numbers of tasks by priority. */
        ByPriority: {
            /**
             * Format: int64
             * @description Tasks without a priority.
             */
            none: number;
            /**
             * Format: int64
             * @description Tasks of low priority.
             */
            low: number;
            /**
             * Format: int64
             * @description Tasks of medium priority.
             */
            medium: number;
            /**
             * Format: int64
             * @description Tasks of high priority.
             */
            high: number;
        };
        /** @description The numbers of tasks by status. */
        ByStatus: {
            /**
             * Format: int64
             * @description Pending tasks.
             */
            pending: number;
            /**
             * Format: int64
             * @description Completed tasks.
             */
            completed: number;
        };
        /** @description A change of a task: its newest state. */
        Change: {
            /**
             * Format: int64
             * @description The sequence number of the task's newest write. It increases with each commit of the user; writes of one request can share it.
             */
            seq: number;
            /**
             * Format: int64
             * @description The task's id.
             */
            id: number;
            /** @description The task's uid in exports and calendars. */
            uid: string;
            /** @description Whether the task is in the trash or permanently deleted. */
            deleted: boolean;
            task: components["schemas"]["Task"] | null;
        };
        /** @description A page of changes. */
        Changes: {
            /** @description The changes, in the order of their commits. No task is in it twice. */
            changes: components["schemas"]["Change"][];
            /** @description The token for the next request: the value of its `since`. */
            next: string;
            /** @description Whether more changes follow after `next`. */
            more: boolean;
        };
        /** @description A completion in a bulk request. */
        CompleteOperation: components["schemas"]["Completion"] & {
            /**
             * Format: int64
             * @description The id of the task.
             */
            id: number;
            /**
             * Format: int64
             * @description The version that the task must have, like `If-Match` of a single request.
             */
            version?: number | null;
        };
        /** @description The requested completion. A boolean `completed` sets it. `{}`, or no body, toggles it. Any other body returns 422. */
        Completion: {
            /** @description Whether the task is completed. If absent, the request toggles it. */
            completed?: boolean;
        };
        /** @description A delete in a bulk request. It moves the task to the trash. */
        DeleteOperation: {
            /**
             * Format: int64
             * @description The id of the task.
             */
            id: number;
            /**
             * Format: int64
             * @description The version that the task must have, like `If-Match` of a single request.
             */
            version?: number | null;
        };
        /** @description The response to a delete. */
        Deleted: {
            /**
             * @description Always `Task deleted`.
             * @example Task deleted
             */
            message: string;
            /**
             * Format: int64
             * @description The id of the task.
             */
            id: number;
            /** @description Always `true`. */
            success: boolean;
        };
        /** @description A date for a whole day, or an instant. */
        DueDate: string;
        /**
         * @description The stable code of an error. The page `/docs/errors` describes each code.
         * @enum {string}
         */
        ErrorCode: "malformed_request" | "no_credential" | "invalid_credential" | "credential_expired" | "not_owner" | "origin_not_trusted" | "path_not_found" | "task_not_found" | "method_not_allowed" | "request_timeout" | "request_in_progress" | "quota_exceeded" | "changes_expired" | "precondition_failed" | "body_too_large" | "unsupported_media_type" | "validation_failed" | "idempotency_key_reused" | "too_many_requests" | "internal_error" | "unavailable";
        /** @description A task with its `uid`, and the local times of its series. */
        ExportedTask: components["schemas"]["Task"] & {
            /** @description The task's globally unique id, also in iCalendar. */
            uid: string;
            /** @description The local date-time at which the recurrence rule starts, if not at the due date. */
            recurrence_start: string | null;
            /** @description The local date-time of the reminder, if a clock change moved it or the due time. */
            remind_local: string | null;
        };
        /** @description An invalid value of a request. */
        FieldError: {
            /** @description The location: a JSON pointer as a URI fragment (`#/title`), or the name of a query parameter. */
            pointer: string;
            /** @description The error without the field's name: "must not be empty". */
            detail: string;
        };
        /** @description The result of an import. */
        Imported: {
            /** @description Number of created tasks. */
            created: number;
            /** @description Number of existing tasks that the import changed, or restored from the trash. */
            updated: number;
            /** @description Number of existing tasks that are unchanged, and of repeated tasks of the file. */
            skipped: number;
            /** @description The tasks that were not imported: the first 1,000, with at most 128 KiB of text. */
            rejected: components["schemas"]["TaskReport"][];
            /** @description Number of further tasks that were not imported. Absent if 0. */
            more_rejected?: number;
            /** @description The tasks that were imported with changes, such as a cut text: the first 1,000, with at most 128 KiB of text. Absent if there are none. */
            warnings?: components["schemas"]["TaskReport"][];
            /** @description Number of further tasks that were imported with changes. Absent if 0. */
            more_warnings?: number;
        };
        /** @description An imported task, in the format of an export. Other members of an export, such as `id` and `user_id`, are ignored. */
        ImportedTask: components["schemas"]["NewTask"] & {
            /** @description The globally unique id. A task whose `uid` already exists is skipped. If absent, the service generates one. */
            uid?: string | null;
            /**
             * Format: date-time
             * @description Time of the creation; now if absent.
             */
            created_at?: string | null;
            /**
             * Format: date-time
             * @description Time of the completion.
             */
            completed_at?: string | null;
            /** @description The local date-time at which the recurrence rule starts; at the due date if absent. */
            recurrence_start?: string | null;
            /** @description The local date-time of the reminder without clock changes. */
            remind_local?: string | null;
        };
        /** @description The process is live. */
        Live: {
            /** @description Always `ok`. */
            status: string;
        };
        /** @description A new task. Unknown members are ignored, including `user_id`: the owner is the authenticated user. */
        NewTask: components["schemas"]["TaskMembers"] & {
            /** @description 1 to 200 characters after trimming, without line breaks and other control characters. */
            title: string;
        };
        /** @description The numbers of tasks. */
        Numbers: {
            /**
             * Format: int64
             * @description All tasks, pending and completed.
             */
            total: number;
            /** @description Tasks by status. */
            by_status: components["schemas"]["ByStatus"];
            /** @description Pending tasks by priority. */
            pending_by_priority: components["schemas"]["ByPriority"];
            /**
             * Format: int64
             * @description Pending tasks whose due date has passed.
             */
            overdue: number;
            /** @description Tasks of each tag, pending and completed. */
            by_tag: {
                [key: string]: number;
            };
            /** @description Completions on each of the last 30 days, including today. */
            completed_per_day: {
                [key: string]: number;
            };
        };
        /** @description One operation of a bulk request, selected by `op`. */
        Operation: (components["schemas"]["NewTask"] & {
            /** @enum {string} */
            op: "create";
        }) | (components["schemas"]["UpdateOperation"] & {
            /** @enum {string} */
            op: "update";
        }) | (components["schemas"]["CompleteOperation"] & {
            /** @enum {string} */
            op: "complete";
        }) | (components["schemas"]["DeleteOperation"] & {
            /** @enum {string} */
            op: "delete";
        });
        /** @description Several writes in one transaction. */
        Operations: {
            /** @description At most 100 operations, run in this order. */
            operations: components["schemas"]["Operation"][];
        };
        /** @description The result of one operation. */
        Outcome: components["schemas"]["Task"] | components["schemas"]["Deleted"];
        /**
         * @description The priority of a task. Requests may use any case.
         * @enum {string}
         */
        Priority: "none" | "low" | "medium" | "high";
        /** @description A problem document (RFC 9457 section 3). `message` and `error` repeat `detail` for clients that expect these members. */
        Problem: {
            /**
             * Format: uri-reference
             * @description A link to the description of the code, relative to the service's address.
             * @example /docs/errors#validation_failed
             */
            type: string;
            /** @description The reason phrase of the status. */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status code.
             */
            status: number;
            /** @description One sentence that describes the error. */
            detail: string;
            /** @description The same as `detail`. */
            message: string;
            /** @description The same with a stable code. */
            error: components["schemas"]["ProblemCode"];
            /** @description The invalid values, at most 20. Absent if no values are invalid. */
            errors?: components["schemas"]["FieldError"][];
            /** @description The number of invalid values that `errors` does not list. */
            more_errors?: number;
            /** @description The id of the request in the log. */
            request_id: string;
        };
        /** @description The error for programs. */
        ProblemCode: {
            /** @description A stable code. */
            code: components["schemas"]["ErrorCode"];
            /** @description The same as `detail`. */
            message: string;
        };
        /** @description The service is ready. */
        Ready: {
            /** @description Always `ok`. */
            status: string;
            /** @description Always `ok`: the database responds. */
            database: string;
            /** @description Always `ok`: no migration is pending. */
            migrations: string;
            /** @description `on`, or the reason why the database does not enforce row-level security. */
            row_security: string;
            /** @description On Citus: `ok`, or the nodes that do not respond, such as `unreachable: 10.0.0.7:5432`. Requests of their users get 503. */
            nodes?: string;
            /** @description `ok`, or the reason why session cookies cannot be verified. */
            sessions: string;
            /** @description Number of public keys in use. */
            keys: number;
            /**
             * Format: date-time
             * @description Time of the last check, at most about one second ago.
             */
            checked_at: string;
        };
        /**
         * @description The start for computing the next occurrence of a repeating task.
         * @enum {string}
         */
        RepeatFrom: "due_date" | "completion";
        /** @description The results of a bulk request. */
        Results: {
            /** @description One result for each operation, in the same order. */
            results: components["schemas"]["Outcome"][];
        };
        /** @description An event of the stream. */
        ServerSentEvent: {
            /** @description The token after this event. */
            id: string;
            /** @description `ready`: the client has all changes. Absent: the data is a change. */
            event?: string;
            /** @description A change as in `/changes`, as JSON text; `{}` in the event `ready`. */
            data: string;
        };
        /** @description The paths of the documentation. */
        StartPage: {
            /** @description The page that shows the operations and can send requests. */
            docs: string;
            /** @description The OpenAPI document. */
            openapi: string;
            /** @description The page that describes the error codes. */
            errors: string;
            /** @description The readiness check. */
            ready: string;
        };
        /**
         * @description The status of a task.
         * @enum {string}
         */
        Status: "pending" | "completed";
        /** @description The requested status. */
        StatusChange: {
            /** @description The status. The words of the list's `status` filter are accepted too. */
            status: components["schemas"]["Status"];
        };
        Tag: string;
        /** @description A task. All members are always present. */
        Task: {
            /**
             * Format: int64
             * @description The task's id, unique in the whole service.
             */
            id: number;
            /** @description The owner's id. */
            user_id: string;
            /** @description The title of the task. */
            title: string;
            /** @description Details of the task. */
            description: string | null;
            /** @description Whether the task is completed. */
            completed: boolean;
            /** @description The same as `completed`. */
            is_completed: boolean;
            /** @description The same as `completed`, as a word. */
            status: components["schemas"]["Status"];
            /**
             * Format: date-time
             * @description Time of the completion.
             */
            completed_at: string | null;
            /** @description The priority. */
            priority: components["schemas"]["Priority"];
            /** @description Tags in the given order. */
            tags: components["schemas"]["Tag"][];
            /** @description The due date: a date for the whole day, or an instant. */
            due_date: components["schemas"]["DueDate"] | null;
            /** @description The IANA time zone of the recurrence and of an all-day due date; `null` means UTC. */
            time_zone: string | null;
            /**
             * Format: date-time
             * @description The time of the reminder: an instant.
             */
            remind_at: string | null;
            /** @description The recurrence rule: an RFC 5545 RRULE. */
            recurrence_rule: string | null;
            /** @description The start for computing the next occurrence. */
            repeat_from: components["schemas"]["RepeatFrom"];
            /** @description The dates that the recurrence rule skips: days in the task's time zone, or instants. */
            excluded_dates: components["schemas"]["DueDate"][];
            /**
             * Format: int64
             * @description The id that all tasks of a recurring series share.
             */
            series_id: number | null;
            /**
             * Format: int64
             * @description The version. Each write increments it.
             */
            version: number;
            /**
             * Format: date-time
             * @description Time of the creation.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description Time of the last change.
             */
            updated_at: string;
        };
        /** @description An update of a task. An absent member keeps its value; `null` removes it. Unknown members are ignored. */
        TaskChange: components["schemas"]["TaskMembers"] & {
            /** @description 1 to 200 characters after trimming, without line breaks and other control characters. */
            title?: string;
        };
        /** @description The optional members of a task in a request, without `title`. */
        TaskMembers: {
            /** @description Details of the task. Stored unchanged. */
            description?: string | null;
            /** @description Whether the task is completed. `null` is `false`. Also called `is_completed`, `isCompleted` and `done`. */
            completed?: boolean | null;
            /** @description The same as `completed`, as a word. If it contradicts `completed`, the one that differs from the stored value applies. */
            status?: components["schemas"]["Status"] | null;
            /** @description The priority. Default: `medium`. */
            priority?: components["schemas"]["Priority"] | null;
            /** @description Tags in the given order. At most 20 tags of 1 to 50 characters after trimming. Duplicates are removed. A list of objects with `name`, or one comma-separated text, is accepted too. */
            tags?: components["schemas"]["Tag"][] | null;
            /** @description The due date: a date for the whole day, or an instant. `2026-12-01`, or `2026-12-01T09:00:00Z`. The default offset is UTC. Also called `dueDate`, `due_at` and `deadline`. */
            due_date?: components["schemas"]["DueDate"] | null;
            /** @description The IANA time zone of the recurrence and of an all-day due date; `null` means UTC. Also called `timeZone`. */
            time_zone?: string | null;
            /**
             * Format: date-time
             * @description The time of the reminder: an instant. Also called `reminder_at`, `reminderAt`, `remindAt` and `reminder_time`.
             */
            remind_at?: string | null;
            /** @description The recurrence rule: an RFC 5545 RRULE. `FREQ=WEEKLY;BYDAY=MO`, or `daily`, `weekdays`, `weekly`, `biweekly`, `monthly`, `yearly`; `none` means `null`. `monthly` and `yearly` use the last day of a shorter month (`SKIP=BACKWARD` of RFC 7529). An hourly or finer rule needs a due date with a time. A rule that needs more than 50,000 steps to find its next occurrence is rejected; a step examines one day or one time. Also called `recurrenceRule`, `recurrence`, `recurrence_pattern`, `recurring_rule` and `recurringRule`. */
            recurrence_rule?: string | null;
            /** @description The start for computing the next occurrence. Default: `due_date`. Also called `repeatFrom`. */
            repeat_from?: components["schemas"]["RepeatFrom"] | null;
            /** @description The dates that the recurrence rule skips: days in the task's time zone, or instants. At most 100 dates or date-times. Duplicates are removed. `null` is `[]`. */
            excluded_dates?: components["schemas"]["DueDate"][] | null;
        };
        /** @description A task of an import, and what happened to it. */
        TaskReport: {
            /** @description The task's id in the file; `null`: it has none. */
            uid?: string | null;
            /** @description The task's title in the file; `null`: it has none. */
            title?: string | null;
            /** @description The reason, as a sentence. */
            detail: string;
        };
        /** @description An update in a bulk request. */
        UpdateOperation: components["schemas"]["TaskChange"] & {
            /**
             * Format: int64
             * @description The id of the task.
             */
            id: number;
            /**
             * Format: int64
             * @description The version that the task must have, like `If-Match` of a single request.
             */
            version?: number | null;
        };
        TaskList: components["schemas"]["Task"][];
    };
    responses: {
        /** @description The request is malformed. */
        BadRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The credential is missing, invalid or expired. */
        Unauthorized: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The user in the path is not the authenticated user, or a write with a session cookie has no trusted origin. */
        Forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The path or the task does not exist. */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body did not arrive within the timeout. */
        Timeout: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A request with this `Idempotency-Key` is still running. */
        Conflict: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The changes since the token are no longer stored, or it is not a token of this user. The client must read all tasks again. */
        Gone: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The task's version does not match `If-Match` or `version`. */
        PreconditionFailed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is too large. */
        TooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The media type of the body is not supported. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Values are invalid; `errors` lists them. Or the `Idempotency-Key` was used with another body. */
        Invalid: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The user exceeded `RATE_LIMIT`, or the address exceeded `REFUSAL_LIMIT`. Each operation of a bulk request or an import counts; none of them ran. Or the user has the maximum number of concurrent imports or exports. `Retry-After` has the time until a retry, in seconds. */
        TooManyRequests: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault of the service. */
        InternalError: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The database or the key set is unavailable, or the service is overloaded. */
        Unavailable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The id of the request in the log. It is the request's `X-Request-Id`, if that matches `[A-Za-z0-9._-]{1,128}`. */
        "X-Request-Id": string;
        /**
         * @description The authentication challenge (RFC 6750 section 3).
         * @example Bearer realm="tasks"
         */
        "WWW-Authenticate": string;
        /**
         * @description The number of seconds until a retry.
         * @example 2
         */
        "Retry-After": number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listTasks: {
        parameters: {
            query?: {
                /**
                 * @description The status. Also called `status_filter`, `filter` and `completed`. `active`, `incomplete` and `todo` also mean `pending`. `complete` and `done` also mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description Tasks with any of these comma-separated priorities. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description Tasks with all of these comma-separated tags, at most 20. Also called `tag`; may be repeated. A comma within a tag is written `\,`.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in the title or the description, case-insensitive. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description The due date, as a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Tasks due at this date or date-time, or earlier. Also called `dueBefore` and `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Tasks due at this date or date-time, or later. Also called `dueAfter` and `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description `true`: overdue tasks. `false`: tasks that are not overdue. A completed task is never overdue. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone that defines days. Without it, `due` and `overdue` use each task's own time zone, and other days are UTC. Also called `timeZone`.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Tasks changed at this date-time or later. Also called `updatedSince`.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description Tasks of the recurring series with this `series_id`. */
                series?: number;
                /** @description `true`: tasks in the trash. Default: `false`. */
                deleted?: boolean;
                /**
                 * @description The sort key. The prefix `-` or the suffix `_desc` sorts descending, the prefix `+` or the suffix `_asc` ascending. Without a direction `created_at`, `updated_at` and `priority` sort descending. Also called `sort_by` and `sortBy`. An unknown key is ignored.
                 * @example due_date
                 */
                sort?: "created_at" | "updated_at" | "due_date" | "priority" | "title" | "-created_at" | "-updated_at" | "-due_date" | "-priority" | "-title" | "+created_at" | "+updated_at" | "+due_date" | "+priority" | "+title";
                /**
                 * @description The direction. It overrides the direction in `sort`. Also called `sort_order` and `sortOrder`. An unknown value is ignored.
                 * @example asc
                 */
                order?: "asc" | "desc";
                /**
                 * @description The maximum number of tasks in the response. The setting `MAX_LIST` (1,000 by default) is the maximum and the default. Also called `page_size` and `pageSize`.
                 * @example 20
                 */
                limit?: number;
                /** @description The cursor of the next page, from `Link`. Valid only with the same filters and the same order. */
                cursor?: string;
                /** @description The number of tasks to skip. Also called `skip`. */
                offset?: number;
                /** @description The page number, from 1. A page has `limit` tasks (50 by default). */
                page?: number;
                /**
                 * @description `exact` requests `X-Total-Count`.
                 * @example exact
                 */
                count?: "exact";
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tasks */
            200: {
                headers: {
                    /** @description Link to the next page, absent on the last page: `<…>; rel="next"` (RFC 8288) */
                    Link?: string;
                    /** @description Number of tasks on all pages, with `count=exact` */
                    "X-Total-Count"?: number;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTask"];
            };
        };
        responses: {
            /** @description The created task */
            201: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    /** @description `true` if an earlier request with this `Idempotency-Key` created the task */
                    "Idempotent-Replayed"?: string;
                    /** @description The task's path */
                    Location: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTaskStats: {
        parameters: {
            query?: {
                /**
                 * @description The IANA time zone that defines days. Without it, overdue tasks are counted in their own time zones, and completions by days in UTC. Also called `timeZone`.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Numbers"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    bulkTasks: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Operations"];
            };
        };
        responses: {
            /** @description The result of each operation */
            200: {
                headers: {
                    /** @description `true` if an earlier request with this `Idempotency-Key` ran the operations */
                    "Idempotent-Replayed"?: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    exportTasks: {
        parameters: {
            query?: {
                /**
                 * @description The status. Also called `status_filter`, `filter` and `completed`. `active`, `incomplete` and `todo` also mean `pending`. `complete` and `done` also mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description Tasks with any of these comma-separated priorities. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description Tasks with all of these comma-separated tags, at most 20. Also called `tag`; may be repeated. A comma within a tag is written `\,`.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in the title or the description, case-insensitive. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description The due date, as a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Tasks due at this date or date-time, or earlier. Also called `dueBefore` and `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Tasks due at this date or date-time, or later. Also called `dueAfter` and `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description `true`: overdue tasks. `false`: tasks that are not overdue. A completed task is never overdue. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone that defines days. Without it, `due` and `overdue` use each task's own time zone, and other days are UTC. Also called `timeZone`.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Tasks changed at this date-time or later. Also called `updatedSince`.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description Tasks of the recurring series with this `series_id`. */
                series?: number;
                /** @description `true`: tasks in the trash. Default: `false`. */
                deleted?: boolean;
                /**
                 * @description The format; JSON by default.
                 * @example json
                 */
                format?: "json" | "csv" | "ics";
                /** @description `true`: CSV begins with a byte order mark, by which Excel recognizes UTF-8. */
                bom?: boolean;
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The exported file */
            200: {
                headers: {
                    /** @description The file's name */
                    "Content-Disposition": string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportedTask"][];
                    "text/csv": string;
                    "text/calendar": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    importTasks: {
        parameters: {
            query?: {
                /** @description `true`: imports all tasks or, if one is invalid, none. */
                strict?: boolean;
            };
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportedTask"][];
                "text/calendar": string;
            };
        };
        responses: {
            /** @description The numbers of tasks, and the rejected tasks */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTaskChanges: {
        parameters: {
            query?: {
                /** @description The `next` of an earlier response, or the `id` of an event. Absent: all tasks from the beginning. `now`: no changes, only the token of the newest change. Request this token before a list; the changes after it then contain every later change of the list. */
                since?: string;
                /**
                 * @description The maximum number of changes in the response. The setting `MAX_LIST` (1,000 by default) is the maximum and the default.
                 * @example 100
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The changes, and the token for the next request */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    streamTaskEvents: {
        parameters: {
            query?: {
                /** @description The `next` of a page of changes, or the `id` of an event. Absent or `now`: only later changes. */
                since?: string;
            };
            header?: {
                /** @description The `id` of the last event. Takes precedence over `since`. `EventSource` sends it when it reconnects. */
                "Last-Event-ID"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream of events */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ServerSentEvent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of versions that the client already has. Returns 304 if the task has one of these versions.
                 * @example "1-7"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The client already has this version */
            304: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskChange"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteTask: {
        parameters: {
            query?: {
                /** @description `true`: deletes the task permanently, also from the trash. */
                permanent?: boolean;
            };
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task is deleted */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskChange"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    postTaskCompletion: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Completion"] | null;
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    completeTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Completion"] | null;
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    setTaskStatus: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StatusChange"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    restoreTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process is live */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Live"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service is ready */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getOpenapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            404: components["responses"]["NotFound"];
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An HTML page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            404: components["responses"]["NotFound"];
        };
    };
    getErrors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An HTML page */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
        };
    };
    getStart: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The paths of the documentation */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartPage"];
                    "text/html": string;
                };
            };
            404: components["responses"]["NotFound"];
        };
    };
    toggleTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Completion"] | null;
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service is ready */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listUserTasks: {
        parameters: {
            query?: {
                /**
                 * @description The status. Also called `status_filter`, `filter` and `completed`. `active`, `incomplete` and `todo` also mean `pending`. `complete` and `done` also mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description Tasks with any of these comma-separated priorities. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description Tasks with all of these comma-separated tags, at most 20. Also called `tag`; may be repeated. A comma within a tag is written `\,`.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in the title or the description, case-insensitive. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description The due date, as a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Tasks due at this date or date-time, or earlier. Also called `dueBefore` and `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Tasks due at this date or date-time, or later. Also called `dueAfter` and `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description `true`: overdue tasks. `false`: tasks that are not overdue. A completed task is never overdue. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone that defines days. Without it, `due` and `overdue` use each task's own time zone, and other days are UTC. Also called `timeZone`.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Tasks changed at this date-time or later. Also called `updatedSince`.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description Tasks of the recurring series with this `series_id`. */
                series?: number;
                /** @description `true`: tasks in the trash. Default: `false`. */
                deleted?: boolean;
                /**
                 * @description The sort key. The prefix `-` or the suffix `_desc` sorts descending, the prefix `+` or the suffix `_asc` ascending. Without a direction `created_at`, `updated_at` and `priority` sort descending. Also called `sort_by` and `sortBy`. An unknown key is ignored.
                 * @example due_date
                 */
                sort?: "created_at" | "updated_at" | "due_date" | "priority" | "title" | "-created_at" | "-updated_at" | "-due_date" | "-priority" | "-title" | "+created_at" | "+updated_at" | "+due_date" | "+priority" | "+title";
                /**
                 * @description The direction. It overrides the direction in `sort`. Also called `sort_order` and `sortOrder`. An unknown value is ignored.
                 * @example asc
                 */
                order?: "asc" | "desc";
                /**
                 * @description The maximum number of tasks in the response. The setting `MAX_LIST` (1,000 by default) is the maximum and the default. Also called `page_size` and `pageSize`.
                 * @example 20
                 */
                limit?: number;
                /** @description The cursor of the next page, from `Link`. Valid only with the same filters and the same order. */
                cursor?: string;
                /** @description The number of tasks to skip. Also called `skip`. */
                offset?: number;
                /** @description The page number, from 1. A page has `limit` tasks (50 by default). */
                page?: number;
                /**
                 * @description `exact` requests `X-Total-Count`.
                 * @example exact
                 */
                count?: "exact";
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tasks */
            200: {
                headers: {
                    /** @description Link to the next page, absent on the last page: `<…>; rel="next"` (RFC 8288) */
                    Link?: string;
                    /** @description Number of tasks on all pages, with `count=exact` */
                    "X-Total-Count"?: number;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createUserTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTask"];
            };
        };
        responses: {
            /** @description The created task */
            201: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    /** @description `true` if an earlier request with this `Idempotency-Key` created the task */
                    "Idempotent-Replayed"?: string;
                    /** @description The task's path */
                    Location: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUserTaskStats: {
        parameters: {
            query?: {
                /**
                 * @description The IANA time zone that defines days. Without it, overdue tasks are counted in their own time zones, and completions by days in UTC. Also called `timeZone`.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Numbers"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    bulkUserTasks: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Operations"];
            };
        };
        responses: {
            /** @description The result of each operation */
            200: {
                headers: {
                    /** @description `true` if an earlier request with this `Idempotency-Key` ran the operations */
                    "Idempotent-Replayed"?: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    exportUserTasks: {
        parameters: {
            query?: {
                /**
                 * @description The status. Also called `status_filter`, `filter` and `completed`. `active`, `incomplete` and `todo` also mean `pending`. `complete` and `done` also mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description Tasks with any of these comma-separated priorities. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description Tasks with all of these comma-separated tags, at most 20. Also called `tag`; may be repeated. A comma within a tag is written `\,`.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in the title or the description, case-insensitive. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description The due date, as a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Tasks due at this date or date-time, or earlier. Also called `dueBefore` and `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Tasks due at this date or date-time, or later. Also called `dueAfter` and `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description `true`: overdue tasks. `false`: tasks that are not overdue. A completed task is never overdue. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone that defines days. Without it, `due` and `overdue` use each task's own time zone, and other days are UTC. Also called `timeZone`.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Tasks changed at this date-time or later. Also called `updatedSince`.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description Tasks of the recurring series with this `series_id`. */
                series?: number;
                /** @description `true`: tasks in the trash. Default: `false`. */
                deleted?: boolean;
                /**
                 * @description The format; JSON by default.
                 * @example json
                 */
                format?: "json" | "csv" | "ics";
                /** @description `true`: CSV begins with a byte order mark, by which Excel recognizes UTF-8. */
                bom?: boolean;
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The exported file */
            200: {
                headers: {
                    /** @description The file's name */
                    "Content-Disposition": string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportedTask"][];
                    "text/csv": string;
                    "text/calendar": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    importUserTasks: {
        parameters: {
            query?: {
                /** @description `true`: imports all tasks or, if one is invalid, none. */
                strict?: boolean;
            };
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportedTask"][];
                "text/calendar": string;
            };
        };
        responses: {
            /** @description The numbers of tasks, and the rejected tasks */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listUserTaskChanges: {
        parameters: {
            query?: {
                /** @description The `next` of an earlier response, or the `id` of an event. Absent: all tasks from the beginning. `now`: no changes, only the token of the newest change. Request this token before a list; the changes after it then contain every later change of the list. */
                since?: string;
                /**
                 * @description The maximum number of changes in the response. The setting `MAX_LIST` (1,000 by default) is the maximum and the default.
                 * @example 100
                 */
                limit?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The changes, and the token for the next request */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    streamUserTaskEvents: {
        parameters: {
            query?: {
                /** @description The `next` of a page of changes, or the `id` of an event. Absent or `now`: only later changes. */
                since?: string;
            };
            header?: {
                /** @description The `id` of the last event. Takes precedence over `since`. `EventSource` sends it when it reconnects. */
                "Last-Event-ID"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream of events */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ServerSentEvent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUserTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of versions that the client already has. Returns 304 if the task has one of these versions.
                 * @example "1-7"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The client already has this version */
            304: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putUserTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskChange"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteUserTask: {
        parameters: {
            query?: {
                /** @description `true`: deletes the task permanently, also from the trash. */
                permanent?: boolean;
            };
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task is deleted */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateUserTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskChange"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    postUserTaskCompletion: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Completion"] | null;
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    completeUserTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Completion"] | null;
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    setUserTaskStatus: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StatusChange"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    restoreUserTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    toggleUserTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. Returns 403 unless it equals the authenticated user's id byte for byte.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Completion"] | null;
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listOwnTasks: {
        parameters: {
            query?: {
                /**
                 * @description The status. Also called `status_filter`, `filter` and `completed`. `active`, `incomplete` and `todo` also mean `pending`. `complete` and `done` also mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description Tasks with any of these comma-separated priorities. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description Tasks with all of these comma-separated tags, at most 20. Also called `tag`; may be repeated. A comma within a tag is written `\,`.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in the title or the description, case-insensitive. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description The due date, as a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Tasks due at this date or date-time, or earlier. Also called `dueBefore` and `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Tasks due at this date or date-time, or later. Also called `dueAfter` and `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description `true`: overdue tasks. `false`: tasks that are not overdue. A completed task is never overdue. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone that defines days. Without it, `due` and `overdue` use each task's own time zone, and other days are UTC. Also called `timeZone`.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Tasks changed at this date-time or later. Also called `updatedSince`.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description Tasks of the recurring series with this `series_id`. */
                series?: number;
                /** @description `true`: tasks in the trash. Default: `false`. */
                deleted?: boolean;
                /**
                 * @description The sort key. The prefix `-` or the suffix `_desc` sorts descending, the prefix `+` or the suffix `_asc` ascending. Without a direction `created_at`, `updated_at` and `priority` sort descending. Also called `sort_by` and `sortBy`. An unknown key is ignored.
                 * @example due_date
                 */
                sort?: "created_at" | "updated_at" | "due_date" | "priority" | "title" | "-created_at" | "-updated_at" | "-due_date" | "-priority" | "-title" | "+created_at" | "+updated_at" | "+due_date" | "+priority" | "+title";
                /**
                 * @description The direction. It overrides the direction in `sort`. Also called `sort_order` and `sortOrder`. An unknown value is ignored.
                 * @example asc
                 */
                order?: "asc" | "desc";
                /**
                 * @description The maximum number of tasks in the response. The setting `MAX_LIST` (1,000 by default) is the maximum and the default. Also called `page_size` and `pageSize`.
                 * @example 20
                 */
                limit?: number;
                /** @description The cursor of the next page, from `Link`. Valid only with the same filters and the same order. */
                cursor?: string;
                /** @description The number of tasks to skip. Also called `skip`. */
                offset?: number;
                /** @description The page number, from 1. A page has `limit` tasks (50 by default). */
                page?: number;
                /**
                 * @description `exact` requests `X-Total-Count`.
                 * @example exact
                 */
                count?: "exact";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tasks */
            200: {
                headers: {
                    /** @description Link to the next page, absent on the last page: `<…>; rel="next"` (RFC 8288) */
                    Link?: string;
                    /** @description Number of tasks on all pages, with `count=exact` */
                    "X-Total-Count"?: number;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskList"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createOwnTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTask"];
            };
        };
        responses: {
            /** @description The created task */
            201: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    /** @description `true` if an earlier request with this `Idempotency-Key` created the task */
                    "Idempotent-Replayed"?: string;
                    /** @description The task's path */
                    Location: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getOwnTaskStats: {
        parameters: {
            query?: {
                /**
                 * @description The IANA time zone that defines days. Without it, overdue tasks are counted in their own time zones, and completions by days in UTC. Also called `timeZone`.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Numbers"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    bulkOwnTasks: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Operations"];
            };
        };
        responses: {
            /** @description The result of each operation */
            200: {
                headers: {
                    /** @description `true` if an earlier request with this `Idempotency-Key` ran the operations */
                    "Idempotent-Replayed"?: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    exportOwnTasks: {
        parameters: {
            query?: {
                /**
                 * @description The status. Also called `status_filter`, `filter` and `completed`. `active`, `incomplete` and `todo` also mean `pending`. `complete` and `done` also mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description Tasks with any of these comma-separated priorities. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description Tasks with all of these comma-separated tags, at most 20. Also called `tag`; may be repeated. A comma within a tag is written `\,`.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in the title or the description, case-insensitive. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description The due date, as a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Tasks due at this date or date-time, or earlier. Also called `dueBefore` and `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Tasks due at this date or date-time, or later. Also called `dueAfter` and `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description `true`: overdue tasks. `false`: tasks that are not overdue. A completed task is never overdue. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone that defines days. Without it, `due` and `overdue` use each task's own time zone, and other days are UTC. Also called `timeZone`.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Tasks changed at this date-time or later. Also called `updatedSince`.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description Tasks of the recurring series with this `series_id`. */
                series?: number;
                /** @description `true`: tasks in the trash. Default: `false`. */
                deleted?: boolean;
                /**
                 * @description The format; JSON by default.
                 * @example json
                 */
                format?: "json" | "csv" | "ics";
                /** @description `true`: CSV begins with a byte order mark, by which Excel recognizes UTF-8. */
                bom?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The exported file */
            200: {
                headers: {
                    /** @description The file's name */
                    "Content-Disposition": string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportedTask"][];
                    "text/csv": string;
                    "text/calendar": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    importOwnTasks: {
        parameters: {
            query?: {
                /** @description `true`: imports all tasks or, if one is invalid, none. */
                strict?: boolean;
            };
            header?: {
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportedTask"][];
                "text/calendar": string;
            };
        };
        responses: {
            /** @description The numbers of tasks, and the rejected tasks */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listOwnTaskChanges: {
        parameters: {
            query?: {
                /** @description The `next` of an earlier response, or the `id` of an event. Absent: all tasks from the beginning. `now`: no changes, only the token of the newest change. Request this token before a list; the changes after it then contain every later change of the list. */
                since?: string;
                /**
                 * @description The maximum number of changes in the response. The setting `MAX_LIST` (1,000 by default) is the maximum and the default.
                 * @example 100
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The changes, and the token for the next request */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    streamOwnTaskEvents: {
        parameters: {
            query?: {
                /** @description The `next` of a page of changes, or the `id` of an event. Absent or `now`: only later changes. */
                since?: string;
            };
            header?: {
                /** @description The `id` of the last event. Takes precedence over `since`. `EventSource` sends it when it reconnects. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream of events */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ServerSentEvent"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            410: components["responses"]["Gone"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getOwnTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of versions that the client already has. Returns 304 if the task has one of these versions.
                 * @example "1-7"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The client already has this version */
            304: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    putOwnTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskChange"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteOwnTask: {
        parameters: {
            query?: {
                /** @description `true`: deletes the task permanently, also from the trash. */
                permanent?: boolean;
            };
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task is deleted */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deleted"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateOwnTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskChange"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    postOwnTaskCompletion: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Completion"] | null;
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    completeOwnTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Completion"] | null;
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    setOwnTaskStatus: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StatusChange"];
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    restoreOwnTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
                /**
                 * @description 1 to 255 visible ASCII characters, quoted or bare, unique for each request. Repeating the key with the same body returns the first response for 24 hours, also if its tasks were deleted. Another body returns 422.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    toggleOwnTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the accepted versions, from `ETag`, also weakened by a proxy (`W/"1-1"`). Returns 412 if the task has another version. Without this header the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. Any text other than a positive integer returns 404.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Completion"] | null;
            };
        };
        responses: {
            /** @description The task */
            200: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Invalid"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
}
