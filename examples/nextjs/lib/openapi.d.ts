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
         * @description Newest first, if nothing else is asked for.
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
         * @description By status, priority and tag, what is overdue, and what was completed on each of the last 30 days. The trash is not counted. Of more than 1,000 tags, those of most tasks are counted.
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
         * Does several writes, all or none
         * @description Each operation has the members of its single request beside `op` and `id`; `version`, where given, is what `If-Match` is there. If one fails none is done, and the problem names it by its index.
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
         * @description All of them, or those that the filters let through, oldest first. At most two exports of a user at a time.
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
         * @description From the JSON of an export, or a calendar with VTODOs. A task whose `uid` is known is skipped, so that the same import twice makes nothing new. One that cannot be taken is named, and nothing is changed. At most 10,000 tasks, and one import of a user at a time.
         */
        post: operations["importTasks"];
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
        /** Gives a task */
        get: operations["getTask"];
        /**
         * Changes a task, as PATCH does
         * @description Absent members stay as they are, `null` clears.
         */
        put: operations["putTask"];
        post?: never;
        /**
         * Deletes a task
         * @description It moves to the trash, from which it can be restored; `permanent=true` deletes for ever.
         */
        delete: operations["deleteTask"];
        options?: never;
        head?: never;
        /**
         * Changes a task
         * @description Absent members stay as they are, `null` clears.
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
         * Completes a task, as PATCH does
         * @description One that repeats leaves its next turn behind.
         */
        post: operations["postTaskCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Completes a task, or reopens it
         * @description One that repeats leaves its next turn behind.
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
        /** Sets whether a task is done */
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
        /** Takes a task out of the trash */
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
        /** Says that the process answers */
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
         * Says whether it can serve
         * @description The database answers, its migrations are applied, and what credentials are judged by is there; what is missing is in the log. A service that is about to stop is not ready either. Without Better Auth's tables a cookie cannot be judged, but a JWT can: that is told, and is a failure only where `SESSION_SOURCE=database` asks for them. So is isolation by the database, and `REQUIRE_ROW_SECURITY`; so is a Redis that does not answer, where it is the source. The front end is not asked: it may be waiting for this service itself.
         *
         *     The service checks at most once a second, on a database connection of its own; `checked_at` says when. A check that takes longer than three seconds is a 503.
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
        /** Gives this document */
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
        /** Shows this document, and lets it be tried */
        get: operations["getDocs"];
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
         * Toggles a task, as /complete does
         * @description One that repeats leaves its next turn behind.
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
         * Says whether it can serve, as /readyz does
         * @description The database answers, its migrations are applied, and what credentials are judged by is there; what is missing is in the log. A service that is about to stop is not ready either. Without Better Auth's tables a cookie cannot be judged, but a JWT can: that is told, and is a failure only where `SESSION_SOURCE=database` asks for them. So is isolation by the database, and `REQUIRE_ROW_SECURITY`; so is a Redis that does not answer, where it is the source. The front end is not asked: it may be waiting for this service itself.
         *
         *     The service checks at most once a second, on a database connection of its own; `checked_at` says when. A check that takes longer than three seconds is a 503.
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
    "/api/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists tasks
         * @description Newest first, if nothing else is asked for.
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
         * @description By status, priority and tag, what is overdue, and what was completed on each of the last 30 days. The trash is not counted. Of more than 1,000 tags, those of most tasks are counted.
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
         * Does several writes, all or none
         * @description Each operation has the members of its single request beside `op` and `id`; `version`, where given, is what `If-Match` is there. If one fails none is done, and the problem names it by its index.
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
         * @description All of them, or those that the filters let through, oldest first. At most two exports of a user at a time.
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
         * @description From the JSON of an export, or a calendar with VTODOs. A task whose `uid` is known is skipped, so that the same import twice makes nothing new. One that cannot be taken is named, and nothing is changed. At most 10,000 tasks, and one import of a user at a time.
         */
        post: operations["importOwnTasks"];
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
        /** Gives a task */
        get: operations["getOwnTask"];
        /**
         * Changes a task, as PATCH does
         * @description Absent members stay as they are, `null` clears.
         */
        put: operations["putOwnTask"];
        post?: never;
        /**
         * Deletes a task
         * @description It moves to the trash, from which it can be restored; `permanent=true` deletes for ever.
         */
        delete: operations["deleteOwnTask"];
        options?: never;
        head?: never;
        /**
         * Changes a task
         * @description Absent members stay as they are, `null` clears.
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
         * Completes a task, as PATCH does
         * @description One that repeats leaves its next turn behind.
         */
        post: operations["postOwnTaskCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Completes a task, or reopens it
         * @description One that repeats leaves its next turn behind.
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
        /** Sets whether a task is done */
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
        /** Takes a task out of the trash */
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
         * Toggles a task, as /complete does
         * @description One that repeats leaves its next turn behind.
         */
        patch: operations["toggleOwnTask"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Of each priority. */
        ByPriority: {
            /**
             * Format: int64
             * @description `none`
             */
            none: number;
            /**
             * Format: int64
             * @description `low`
             */
            low: number;
            /**
             * Format: int64
             * @description `medium`
             */
            medium: number;
            /**
             * Format: int64
             * @description `high`
             */
            high: number;
        };
        /** @description Done and not. */
        ByStatus: {
            /**
             * Format: int64
             * @description Not done.
             */
            pending: number;
            /**
             * Format: int64
             * @description Done.
             */
            completed: number;
        };
        /** @description A completion among several. */
        CompleteOperation: components["schemas"]["Completion"] & {
            /**
             * Format: int64
             * @description Which task.
             */
            id: number;
            /**
             * Format: int64
             * @description The version that this is meant for, as `If-Match` is elsewhere.
             */
            version?: number | null;
        };
        /** @description What a task is to become. Anything but a boolean `completed`, or no body, toggles. */
        Completion: {
            /** @description Done or not; without it, the contrary of what it is. */
            completed?: boolean;
        };
        /** @description A delete among several: moves to the trash. */
        DeleteOperation: {
            /**
             * Format: int64
             * @description Which task.
             */
            id: number;
            /**
             * Format: int64
             * @description The version that this is meant for, as `If-Match` is elsewhere.
             */
            version?: number | null;
        };
        /** @description The response to a delete. */
        Deleted: {
            /**
             * @description A sentence.
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
        /** @description A date for the whole day, or an instant. */
        DueDate: string;
        /** @description A task in JSON, with its id in other calendars. */
        ExportedTask: components["schemas"]["Task"] & {
            /** @description Its id in other calendars. */
            uid: string;
        };
        /** @description A value that was sent and cannot be taken. */
        FieldError: {
            /** @description Where it stands: a JSON pointer as a URI fragment (`#/title`), or the name of a query parameter. */
            pointer: string;
            /** @description What is wrong, without the field's name: "must not be empty". */
            detail: string;
        };
        /** @description What an import came to. */
        Imported: {
            /** @description So many tasks were created. */
            created: number;
            /** @description So many were there already, in the trash or not, and stayed as they are. */
            skipped: number;
        };
        /** @description A task from elsewhere, as an export writes it. What an export has besides is ignored, such as `id` and `user_id`. */
        ImportedTask: components["schemas"]["NewTask"] & {
            /** @description Its name everywhere; one that is known is skipped. A new one is made up if not given. */
            uid?: string | null;
            /**
             * Format: date-time
             * @description When it was made; now if not given.
             */
            created_at?: string | null;
            /**
             * Format: date-time
             * @description When it was completed.
             */
            completed_at?: string | null;
        };
        /** @description The process lives. */
        Live: {
            /** @description Always `ok`. */
            status: string;
        };
        /** @description A task to be created. Unknown members are ignored, `user_id` too: a task is its owner's. */
        NewTask: components["schemas"]["TaskMembers"] & {
            /** @description 1 to 200 characters after trimming, without line breaks and other control characters. */
            title: string;
        };
        /** @description How many tasks there are. */
        Numbers: {
            /**
             * Format: int64
             * @description All of them.
             */
            total: number;
            /** @description Done and not. */
            by_status: components["schemas"]["ByStatus"];
            /** @description Those that are not done. */
            pending_by_priority: components["schemas"]["ByPriority"];
            /**
             * Format: int64
             * @description Due before now, and not done.
             */
            overdue: number;
            /** @description With each tag, done or not. */
            by_tag: {
                [key: string]: number;
            };
            /** @description On each of the last 30 days, today among them. */
            completed_per_day: {
                [key: string]: number;
            };
        };
        /** @description One write of several, by `op`. */
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
        /** @description Several writes, all done or none. */
        Operations: {
            /** @description At most 100, done in this order. */
            operations: components["schemas"]["Operation"][];
        };
        /** @description What one write of many came to. */
        Outcome: components["schemas"]["Task"] | components["schemas"]["Deleted"];
        /**
         * @description The priority of a task. Requests may use any case.
         * @enum {string}
         */
        Priority: "none" | "low" | "medium" | "high";
        /** @description A failure (RFC 9457 section 3), with `message` and `error` for clients that read those. */
        Problem: {
            /** @description Always `about:blank`: the status says what kind it is. */
            type: string;
            /** @description The status in words. */
            title: string;
            /**
             * Format: int32
             * @description The status.
             */
            status: number;
            /** @description What is wrong, in one sentence. */
            detail: string;
            /** @description The same. */
            message: string;
            /** @description The same with a code. */
            error: components["schemas"]["ProblemCode"];
            /** @description Each wrong value, where values are wrong: at most 20. */
            errors?: components["schemas"]["FieldError"][];
            /** @description The number of wrong values that `errors` does not list. */
            more_errors?: number;
            /** @description What the log calls this request. */
            request_id: string;
        };
        /** @description What is wrong, for programs. */
        ProblemCode: {
            /**
             * @description A word that stays the same.
             * @example validation_failed
             */
            code: string;
            /** @description `detail` again. */
            message: string;
        };
        /** @description The service can serve. */
        Ready: {
            /** @description Always `ok`. */
            status: string;
            /** @description Always `ok`: it answers. */
            database: string;
            /** @description Always `ok`: none is pending. */
            migrations: string;
            /** @description `on`, or a sentence why the database does not keep users apart by itself. */
            row_security: string;
            /** @description `ok`, or a sentence why cookies cannot be judged. */
            sessions: string;
            /** @description How many public keys are in use. */
            keys: number;
            /**
             * Format: date-time
             * @description When the service last checked, within the last second or so.
             */
            checked_at: string;
        };
        /**
         * @description The start for computing the next occurrence of a repeating task.
         * @enum {string}
         */
        RepeatFrom: "due_date" | "completion";
        /** @description What several writes came to. */
        Results: {
            /** @description For each operation, in their order. */
            results: components["schemas"]["Outcome"][];
        };
        /**
         * @description Whether it is done.
         * @enum {string}
         */
        Status: "pending" | "completed";
        /** @description What a task is to become, in a word. */
        StatusChange: {
            /** @description Done or not; the words of the list's filter are read too. */
            status: components["schemas"]["Status"];
        };
        Tag: string;
        /** @description A task. Every key is always there. */
        Task: {
            /**
             * Format: int64
             * @description The task's id, unique in the whole service.
             */
            id: number;
            /** @description The owner's id. */
            user_id: string;
            /** @description What is to be done. */
            title: string;
            /** @description More about it. */
            description: string | null;
            /** @description Whether it is done. */
            completed: boolean;
            /** @description The same in a word. */
            status: components["schemas"]["Status"];
            /**
             * Format: date-time
             * @description When it was done.
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
            /**
             * Format: int64
             * @description The id that the tasks of one series have in common.
             */
            series_id: number | null;
            /**
             * Format: int64
             * @description Each write adds 1.
             */
            version: number;
            /**
             * Format: date-time
             * @description When it was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            updated_at: string;
        };
        /** @description A change of a task: an absent member keeps the value, `null` removes it. Unknown members are ignored. */
        TaskChange: components["schemas"]["TaskMembers"] & {
            /** @description 1 to 200 characters after trimming, without line breaks and other control characters. */
            title?: string;
        };
        /** @description The members of a task that a request may have, but its title. */
        TaskMembers: {
            /** @description More about it. Stored unchanged. */
            description?: string | null;
            /** @description Whether it is done. `null` is `false`. Also called `is_completed` and `done`. */
            completed?: boolean | null;
            /** @description The same in a word. If it contradicts `completed`, the one that differs from the stored value applies. */
            status?: components["schemas"]["Status"] | null;
            /** @description The priority. Default: `medium`. */
            priority?: components["schemas"]["Priority"] | null;
            /** @description Tags in the given order. At most 20 tags of 1 to 50 characters after trimming. Duplicates are removed. A list of objects with `name`, or one comma-separated text, is accepted too. */
            tags?: components["schemas"]["Tag"][] | null;
            /** @description The due date: a date for the whole day, or an instant. `2026-12-01`, or `2026-12-01T09:00:00Z`. The default offset is UTC. Also called `dueDate`, `due_at` and `deadline`. */
            due_date?: components["schemas"]["DueDate"] | null;
            /** @description The IANA time zone of the recurrence and of an all-day due date; `null` means UTC. */
            time_zone?: string | null;
            /**
             * Format: date-time
             * @description The time of the reminder: an instant. Also called `reminder_at`, `reminderAt`, `remindAt` and `reminder_time`.
             */
            remind_at?: string | null;
            /** @description The recurrence rule: an RFC 5545 RRULE. `FREQ=WEEKLY;BYDAY=MO`, or `daily`, `weekly`, `monthly`, `yearly`. A rule that needs more than 50,000 steps to find its next occurrence is rejected; a step examines one day or one time. Also called `recurrence`, `recurrence_pattern`, `recurring_rule` and `recurringRule`. */
            recurrence_rule?: string | null;
            /** @description The start for computing the next occurrence. Default: `due_date`. Also called `repeatFrom`. */
            repeat_from?: components["schemas"]["RepeatFrom"] | null;
        };
        /** @description A change among several. */
        UpdateOperation: components["schemas"]["TaskChange"] & {
            /**
             * Format: int64
             * @description Which task.
             */
            id: number;
            /**
             * Format: int64
             * @description The version that this is meant for, as `If-Match` is elsewhere.
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
        /** @description There is no credential, or it is not good, or has expired. */
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
        /** @description The tasks are somebody else's; or a cookie was sent with a write from an origin that is not trusted. */
        Forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is nothing of this name among what is the caller's. */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body took too long. */
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
        /** @description The task has another version than `If-Match` (or `version`) names. */
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
        /** @description The body is of another type. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Values are wrong, each of which is named; or the `Idempotency-Key` was used with another body. */
        Invalid: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The user has exceeded `RATE_LIMIT`, or the address `REFUSAL_LIMIT`. A bulk or import counts as the operations that it carries; none of them ran. Or as many imports or exports of the user as may run at a time are running. `Retry-After` tells when the request can be repeated. */
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
        /** @description The database or the key set is away, or there is too much to do. */
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
        /** @description Ties the answer to its lines in the log; the request's own, if it had one of `[A-Za-z0-9._-]{1,128}`. */
        "X-Request-Id": string;
        /**
         * @description What is missing or wrong (RFC 6750 section 3).
         * @example Bearer realm="tasks"
         */
        "WWW-Authenticate": string;
        /**
         * @description Try again after so many seconds.
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
                 * @description Done or not. Also called `status_filter`, `filter` and `completed`; `active`, `incomplete` and `todo` mean `pending` too, and `complete` and `done` mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description One of these priorities, separated by commas. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description All of these tags, at most 20, separated by commas. Also called `tag`; may be repeated.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in title or description, in any case. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description When it is due, in a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Due then or earlier: a date or a date-time. Also called `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Due then or later: a date or a date-time. Also called `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description Only what is overdue, or only what is not. What is completed never is. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone in which days lie; UTC if not given.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Changed then or later: a date-time.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description The tasks of one chain of repetitions, by their `series_id`. */
                series?: number;
                /** @description `true`: the trash instead of the tasks. */
                deleted?: boolean;
                /**
                 * @description The order; `-` before it, or `_desc` behind it, turns it downwards, `_asc` upwards. Without a direction `created_at`, `updated_at` and `priority` go downwards. Also called `sort_by` and `sortBy`. An unknown one is ignored.
                 * @example due_date
                 */
                sort?: "created_at" | "updated_at" | "due_date" | "priority" | "title" | "-created_at" | "-updated_at" | "-due_date" | "-priority" | "-title";
                /**
                 * @description The direction; wins over the one in `sort`. Also called `sort_order` and `sortOrder`. An unknown one is ignored.
                 * @example asc
                 */
                order?: "asc" | "desc";
                /**
                 * @description The most tasks of this answer; cut to `MAX_LIST` (1,000 if not set otherwise), which is also the default. Also called `page_size`.
                 * @example 20
                 */
                limit?: number;
                /** @description Where to go on, from `Link`. Good for the same filters and the same order only. */
                cursor?: string;
                /** @description How many tasks to pass over. Also called `skip`. */
                offset?: number;
                /** @description The page's number, of `limit` tasks each (50 if not given). */
                page?: number;
                /**
                 * @description `exact` asks for `X-Total-Count`.
                 * @example exact
                 */
                count?: "exact";
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
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
                    /** @description The next page, if there is one: `<…>; rel="next"` (RFC 8288) */
                    Link?: string;
                    /** @description How many there are, if `count=exact` asked */
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
                 * @description 1 to 255 visible ASCII characters, quoted or bare, new for each task. A second request with the same key and the same body is answered like the first, for 24 hours.
                 * @example 8e03978e-40d5-43dd-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
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
            /** @description The task */
            201: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    /** @description `true`, if an earlier request with this `Idempotency-Key` made it */
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
                 * @description The IANA time zone in which days lie; UTC if not given.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The numbers */
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
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
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
            /** @description What each came to */
            200: {
                headers: {
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
                 * @description Done or not. Also called `status_filter`, `filter` and `completed`; `active`, `incomplete` and `todo` mean `pending` too, and `complete` and `done` mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description One of these priorities, separated by commas. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description All of these tags, at most 20, separated by commas. Also called `tag`; may be repeated.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in title or description, in any case. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description When it is due, in a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Due then or earlier: a date or a date-time. Also called `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Due then or later: a date or a date-time. Also called `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description Only what is overdue, or only what is not. What is completed never is. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone in which days lie; UTC if not given.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Changed then or later: a date-time.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description The tasks of one chain of repetitions, by their `series_id`. */
                series?: number;
                /** @description `true`: the trash instead of the tasks. */
                deleted?: boolean;
                /**
                 * @description The format; JSON if not given.
                 * @example json
                 */
                format?: "json" | "csv" | "ics";
            };
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A file */
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
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
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
            /** @description How many were taken */
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
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
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
                 * @description Entity tags of versions that the client has already; 304 if the task has one of these.
                 * @example "1-7"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The client has this version */
            304: {
                headers: {
                    /** @description Its version */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
                /** @description `true` deletes for ever, also from the trash. */
                permanent?: boolean;
            };
            header?: {
                /**
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
    completeTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
            412: components["responses"]["PreconditionFailed"];
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
            /** @description It does */
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
            /** @description It can */
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
            /** @description A page */
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
    toggleTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The owner's id, an opaque text. 403 unless it is byte for byte the user of the credential.
                 * @example demo
                 */
                user_id: string;
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
            /** @description It can */
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
    listOwnTasks: {
        parameters: {
            query?: {
                /**
                 * @description Done or not. Also called `status_filter`, `filter` and `completed`; `active`, `incomplete` and `todo` mean `pending` too, and `complete` and `done` mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description One of these priorities, separated by commas. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description All of these tags, at most 20, separated by commas. Also called `tag`; may be repeated.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in title or description, in any case. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description When it is due, in a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Due then or earlier: a date or a date-time. Also called `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Due then or later: a date or a date-time. Also called `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description Only what is overdue, or only what is not. What is completed never is. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone in which days lie; UTC if not given.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Changed then or later: a date-time.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description The tasks of one chain of repetitions, by their `series_id`. */
                series?: number;
                /** @description `true`: the trash instead of the tasks. */
                deleted?: boolean;
                /**
                 * @description The order; `-` before it, or `_desc` behind it, turns it downwards, `_asc` upwards. Without a direction `created_at`, `updated_at` and `priority` go downwards. Also called `sort_by` and `sortBy`. An unknown one is ignored.
                 * @example due_date
                 */
                sort?: "created_at" | "updated_at" | "due_date" | "priority" | "title" | "-created_at" | "-updated_at" | "-due_date" | "-priority" | "-title";
                /**
                 * @description The direction; wins over the one in `sort`. Also called `sort_order` and `sortOrder`. An unknown one is ignored.
                 * @example asc
                 */
                order?: "asc" | "desc";
                /**
                 * @description The most tasks of this answer; cut to `MAX_LIST` (1,000 if not set otherwise), which is also the default. Also called `page_size`.
                 * @example 20
                 */
                limit?: number;
                /** @description Where to go on, from `Link`. Good for the same filters and the same order only. */
                cursor?: string;
                /** @description How many tasks to pass over. Also called `skip`. */
                offset?: number;
                /** @description The page's number, of `limit` tasks each (50 if not given). */
                page?: number;
                /**
                 * @description `exact` asks for `X-Total-Count`.
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
                    /** @description The next page, if there is one: `<…>; rel="next"` (RFC 8288) */
                    Link?: string;
                    /** @description How many there are, if `count=exact` asked */
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
                 * @description 1 to 255 visible ASCII characters, quoted or bare, new for each task. A second request with the same key and the same body is answered like the first, for 24 hours.
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
            /** @description The task */
            201: {
                headers: {
                    /** @description The task's version */
                    ETag: string;
                    /** @description `true`, if an earlier request with this `Idempotency-Key` made it */
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
                 * @description The IANA time zone in which days lie; UTC if not given.
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
            /** @description The numbers */
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
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Operations"];
            };
        };
        responses: {
            /** @description What each came to */
            200: {
                headers: {
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
                 * @description Done or not. Also called `status_filter`, `filter` and `completed`; `active`, `incomplete` and `todo` mean `pending` too, and `complete` and `done` mean `completed`.
                 * @example pending
                 */
                status?: "all" | "pending" | "completed" | "true" | "false";
                /**
                 * @description One of these priorities, separated by commas. Also called `priority_filter`.
                 * @example [
                 *       "high",
                 *       "medium"
                 *     ]
                 */
                priority?: components["schemas"]["Priority"][];
                /**
                 * @description All of these tags, at most 20, separated by commas. Also called `tag`; may be repeated.
                 * @example [
                 *       "home"
                 *     ]
                 */
                tags?: components["schemas"]["Tag"][];
                /**
                 * @description Text in title or description, in any case. Also called `q` and `query`.
                 * @example milk
                 */
                search?: string;
                /**
                 * @description When it is due, in a word.
                 * @example any
                 */
                due?: "none" | "any" | "today" | "overdue" | "week";
                /**
                 * @description Due then or earlier: a date or a date-time. Also called `due_date_to`.
                 * @example 2026-12-31
                 */
                due_before?: components["schemas"]["DueDate"];
                /**
                 * @description Due then or later: a date or a date-time. Also called `due_date_from`.
                 * @example 2026-01-01
                 */
                due_after?: components["schemas"]["DueDate"];
                /** @description Only what is overdue, or only what is not. What is completed never is. */
                overdue?: boolean;
                /**
                 * @description The IANA time zone in which days lie; UTC if not given.
                 * @example Europe/Vienna
                 */
                time_zone?: string;
                /**
                 * @description Changed then or later: a date-time.
                 * @example 2026-01-01T00:00:00Z
                 */
                updated_since?: string;
                /** @description The tasks of one chain of repetitions, by their `series_id`. */
                series?: number;
                /** @description `true`: the trash instead of the tasks. */
                deleted?: boolean;
                /**
                 * @description The format; JSON if not given.
                 * @example json
                 */
                format?: "json" | "csv" | "ics";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A file */
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
            query?: never;
            header?: never;
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
            /** @description How many were taken */
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
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
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
                 * @description Entity tags of versions that the client has already; 304 if the task has one of these.
                 * @example "1-7"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
                    ETag: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The client has this version */
            304: {
                headers: {
                    /** @description Its version */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
                /** @description `true` deletes for ever, also from the trash. */
                permanent?: boolean;
            };
            header?: {
                /**
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
                 * @example 1
                 */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
    completeOwnTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
            412: components["responses"]["PreconditionFailed"];
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
                 * @description Entity tags of the versions that this write is meant for, as `ETag` had them; 412 if the task has another. Without it the last write wins.
                 * @example "1-1", "1-2"
                 */
                "If-Match"?: string;
            };
            path: {
                /**
                 * @description The task's id, unique in the whole service. 404 for anything that is no positive integer.
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
                    /** @description Its version */
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
