//! Parses the order of a list.

use crate::api::field_errors::FieldError;
use crate::api::ignored_input::IgnoredInput;
use crate::db::{Sort, SortKey};

/// What is wrong with an unknown sort key, with strict handling.
const SORT_ERROR: &str = "must be created_at, updated_at, due_date, priority or title, with - before it for descending or + for ascending; another \
     value would be ignored";

/// Parses the sort key and the direction. `order` overrides the prefixes `-` and `+` and the suffixes `_asc` and `_desc`.
///
/// An unknown key or direction keeps the default. Both texts are in lower case.
pub(super) fn ordering(sort: Option<&str>, order: Option<&str>, ignored: &mut IgnoredInput) -> Sort {
    let text = sort.unwrap_or("created_at");
    let is_descending = |direction| move |name| (name, Some(direction));
    let prefixed = text.strip_prefix('-').map(is_descending(true)).or(text.strip_prefix('+').map(is_descending(false)));
    let suffixed =
        || text.strip_suffix("_desc").map(is_descending(true)).or(text.strip_suffix("_asc").map(is_descending(false)));
    let (text, from_sort) = prefixed.or_else(suffixed).unwrap_or((text, None));
    let (key, from_sort) = match sort_key(text) {
        Some(key) => (key, from_sort),
        None => {
            ignored.push(|| FieldError::parameter("sort", SORT_ERROR));
            (SortKey::CreatedAt, None)
        }
    };
    let from_order = match order {
        Some("asc") => Some(false),
        Some("desc") => Some(true),
        None => None,
        Some(_) => {
            ignored.push(|| FieldError::parameter("order", "must be asc or desc; another value would be ignored"));
            None
        }
    };
    let is_descending_by_default = matches!(key, SortKey::CreatedAt | SortKey::UpdatedAt | SortKey::Priority);
    Sort { key, descending: from_order.or(from_sort).unwrap_or(is_descending_by_default) }
}

fn sort_key(name: &str) -> Option<SortKey> {
    match name {
        "created_at" | "createdat" => Some(SortKey::CreatedAt),
        "updated_at" | "updatedat" => Some(SortKey::UpdatedAt),
        "due_date" | "duedate" => Some(SortKey::DueDate),
        "priority" => Some(SortKey::Priority),
        "title" => Some(SortKey::Title),
        _ => None,
    }
}
