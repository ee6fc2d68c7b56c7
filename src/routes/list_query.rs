//! Reading a list's query parameters: names, aliases, and what is wrong with them.

use actix_web::web::Query;

use crate::config::ListSettings;
use crate::error::{ApiError, ApiResult, FieldError};
use crate::store::{List, Sort, SortKey};

/// What a list is filtered by, ordered by and cut to.
pub(super) struct ListQuery {
    /// For the store.
    pub list: List,
    /// Whether `count=exact` asked for `X-Total-Count`.
    pub counted: bool,
}

const STATUS: &[&str] = &["status", "status_filter", "filter", "completed"];
const SORT: &[&str] = &["sort", "sort_by", "sortBy"];
const ORDER: &[&str] = &["order", "sort_order", "sortOrder"];
const LIMIT: &[&str] = &["limit", "page_size"];
const OFFSET: &[&str] = &["offset", "skip"];
const PAGE: &[&str] = &["page"];
const COUNT: &[&str] = &["count"];

/// The rows of a page that is asked for by number and not by size.
const PAGE_SIZE: i64 = 50;

/// Reads a query string.
pub(super) fn read(query: &str, settings: ListSettings) -> ApiResult<ListQuery> {
    let mut parameters = Parameters::of(query)?;
    let completed = parameters.read(STATUS, |value| match value {
        _ if value.eq_ignore_ascii_case("all") => Some(None),
        _ => completed_by_name(value).map(Some),
    });
    let limit = parameters.read(LIMIT, |value| value.parse::<i64>().ok().filter(|limit| *limit >= 1));
    let offset = parameters.read(OFFSET, |value| value.parse::<i64>().ok().filter(|offset| *offset >= 0));
    let page = parameters.read(PAGE, |value| value.parse::<i64>().ok().filter(|page| *page >= 1));
    // unknown words for an order are ignored, and so the default stays
    let sort = parameters.read(SORT, |value| Some(value.to_owned()));
    let order = parameters.read(ORDER, |value| Some(value.to_owned()));
    let count = parameters.read(COUNT, |value| Some(value == "exact"));
    if !parameters.wrong.is_empty() {
        return Err(ApiError::Invalid(parameters.wrong));
    }
    let size = limit.or(page.map(|_| PAGE_SIZE)).unwrap_or(settings.max).min(settings.max);
    let skipped = page.map_or(0, |page| (page - 1).saturating_mul(size));
    let counted = count.unwrap_or(false);
    let list = List {
        completed: completed.flatten(),
        sort: ordering(sort.as_deref(), order.as_deref()),
        limit: size,
        offset: offset.unwrap_or(skipped),
        count: counted,
    };
    Ok(ListQuery { list, counted })
}

/// The words for "done" and "not done", in any case.
pub(super) fn completed_by_name(name: &str) -> Option<bool> {
    match name.to_ascii_lowercase().as_str() {
        "pending" | "active" | "incomplete" | "todo" | "false" => Some(false),
        "completed" | "complete" | "done" | "true" => Some(true),
        _ => None,
    }
}

/// The key, its `-` or `_asc`/`_desc`, and `order`, which wins.
fn ordering(sort: Option<&str>, order: Option<&str>) -> Sort {
    let text = sort.unwrap_or("created_at");
    let (text, from_sort) = match (text.strip_prefix('-'), text.strip_suffix("_desc"), text.strip_suffix("_asc")) {
        (Some(name), ..) | (None, Some(name), _) => (name, Some(true)),
        (None, None, Some(name)) => (name, Some(false)),
        (None, None, None) => (text, None),
    };
    let (key, from_sort) = match sort_key(text) {
        Some(key) => (key, from_sort),
        None => (SortKey::CreatedAt, None),
    };
    let from_order = match order.map(str::to_ascii_lowercase).as_deref() {
        Some("asc") => Some(false),
        Some("desc") => Some(true),
        _ => None,
    };
    let by_default = matches!(key, SortKey::CreatedAt | SortKey::UpdatedAt | SortKey::Priority);
    Sort { key, descending: from_order.or(from_sort).unwrap_or(by_default) }
}

fn sort_key(name: &str) -> Option<SortKey> {
    match name {
        "created_at" => Some(SortKey::CreatedAt),
        "updated_at" => Some(SortKey::UpdatedAt),
        "due_date" => Some(SortKey::DueDate),
        "priority" => Some(SortKey::Priority),
        "title" => Some(SortKey::Title),
        _ => None,
    }
}

/// The pairs of a query string, and what is wrong with those that were read.
struct Parameters {
    pairs: Vec<(String, String)>,
    wrong: Vec<FieldError>,
}

impl Parameters {
    fn of(query: &str) -> ApiResult<Self> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|_| ApiError::Malformed("The query string is malformed.".into()))?;
        Ok(Self { pairs: pairs.into_inner(), wrong: Vec::new() })
    }

    /// The one value that these names give, read by `read`; an empty one is none. Two that contradict each other are wrong.
    fn read<T: PartialEq>(&mut self, names: &[&str], read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut found: Option<T> = None;
        for (name, value) in &self.pairs {
            if !names.contains(&name.as_str()) || value.trim().is_empty() {
                continue;
            }
            let wrong = match (read(value.trim()), &found) {
                (None, _) => "has a value that is not known",
                (Some(value), Some(other)) if value != *other => "contradicts another parameter of the same meaning",
                (Some(value), _) => {
                    found = Some(value);
                    continue;
                }
            };
            self.wrong.push(FieldError::parameter(name, wrong));
        }
        found
    }
}

/// Whether a parameter says which page is meant, and not what is on it.
pub(super) fn is_paging(name: &str) -> bool {
    [LIMIT, OFFSET, PAGE].iter().any(|names| names.contains(&name))
}
