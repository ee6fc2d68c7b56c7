//! The diesel schema of both databases. A test compares it with the migrated tables.

diesel::table! {
    tasks (id) {
        id -> BigInt,
        user_id -> Text,
        title -> Text,
        description -> Nullable<Text>,
        title_folded -> Text,
        description_folded -> Nullable<Text>,
        completed -> Bool,
        completed_at -> Nullable<Timestamp>,
        priority -> SmallInt,
        tags -> Text,
        due_at -> Nullable<Timestamp>,
        due_all_day -> Bool,
        time_zone -> Nullable<Text>,
        remind_at -> Nullable<Timestamp>,
        recurrence_rule -> Nullable<Text>,
        repeat_from_completion -> Bool,
        series_id -> Nullable<BigInt>,
        next_id -> Nullable<BigInt>,
        uid -> Text,
        deleted_at -> Nullable<Timestamp>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        seq -> BigInt,
    }
}
