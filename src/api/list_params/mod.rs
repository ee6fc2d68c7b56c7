//! Reading a list's query parameters: names, aliases, and what is wrong with them.

#![deny(clippy::arithmetic_side_effects)]

mod zoned_now;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::api::error::ApiResult;
use crate::api::query_params::Parameters;
use crate::config::ListSettings;
use crate::db::{Filter, List, PageStart, Sort, SortKey};
use crate::task::completion::parse_status;
use crate::task::fields::Tags;
use crate::task::{Priority, dates};
pub(crate) use zoned_now::ZonedNow;

/// A list that is asked for.
pub(crate) struct ListQuery {
    /// For the store.
    pub list: List,
    /// Whether `count=exact` asked for `X-Total-Count`.
    pub counted: bool,
    /// Where to go on, as it was given.
    pub cursor: Option<String>,
    /// What was asked for, apart from the page: a cursor is good for this and nothing else.
    pub filter_fingerprint: String,
}

const STATUS: &[&str] = &["status", "status_filter", "filter", "completed"];
const PRIORITY: &[&str] = &["priority", "priority_filter"];
const TAGS: &[&str] = &["tags", "tag"];
const SEARCH: &[&str] = &["search", "q", "query"];
const DUE: &[&str] = &["due"];
const DUE_BEFORE: &[&str] = &["due_before", "due_date_to"];
const DUE_AFTER: &[&str] = &["due_after", "due_date_from"];
const OVERDUE: &[&str] = &["overdue"];
const TIME_ZONE: &[&str] = &["time_zone"];
const UPDATED_SINCE: &[&str] = &["updated_since"];
const SERIES: &[&str] = &["series"];
const DELETED: &[&str] = &["deleted"];
const SORT: &[&str] = &["sort", "sort_by", "sortBy"];
const ORDER: &[&str] = &["order", "sort_order", "sortOrder"];
const LIMIT: &[&str] = &["limit", "page_size"];
const OFFSET: &[&str] = &["offset", "skip"];
const PAGE: &[&str] = &["page"];
const CURSOR: &[&str] = &["cursor"];
const COUNT: &[&str] = &["count"];

/// All of them, each meaning with its names.
#[cfg(test)]
pub(crate) const NAMES: [&[&str]; 19] = [
    STATUS,
    PRIORITY,
    TAGS,
    SEARCH,
    DUE,
    DUE_BEFORE,
    DUE_AFTER,
    OVERDUE,
    TIME_ZONE,
    UPDATED_SINCE,
    SERIES,
    DELETED,
    SORT,
    ORDER,
    LIMIT,
    OFFSET,
    PAGE,
    CURSOR,
    COUNT,
];

/// The rows of a page that is asked for by number and not by size.
const PAGE_SIZE: i64 = 50;
/// The most characters of a search text. The time of a search grows with them.
const MAX_SEARCH: usize = 100;

/// Reads a query string.
pub(crate) fn parse(query: &str, settings: ListSettings, now: DateTime<Utc>) -> ApiResult<ListQuery> {
    let mut parameters = Parameters::of(query)?;
    let (filter, filter_fingerprint) = filter(&mut parameters, now);
    // unknown words for an order are ignored, and so the default stays
    let sort = parameters.single(SORT, |value| Some(value.to_ascii_lowercase()));
    let order = parameters.single(ORDER, |value| Some(value.to_ascii_lowercase()));
    let sort = ordering(sort.as_deref(), order.as_deref());
    let limit = parameters.single(LIMIT, |value| at_least(1, value));
    let offset = parameters.single(OFFSET, |value| at_least(0, value));
    let page = parameters.single(PAGE, |value| at_least(1, value));
    let cursor = parameters.single(CURSOR, |value| Some(value.to_owned()));
    let counted = parameters.single(COUNT, |value| Some(value == "exact")).unwrap_or(false);
    let size = limit.or(page.map(|_| PAGE_SIZE)).unwrap_or(settings.max).min(settings.max);
    let skipped = page.map_or(0, |page| page.saturating_sub(1).saturating_mul(size));
    let start = PageStart::Offset(offset.unwrap_or(skipped));
    let list = List { filter, sort, limit: size, start, count: counted };
    parameters.checked(ListQuery {
        list,
        counted,
        cursor,
        filter_fingerprint: format!("{filter_fingerprint} {sort:?}"),
    })
}

/// The conditions, and a text that says what they are, the same for the same.
pub(crate) fn filter(parameters: &mut Parameters, now: DateTime<Utc>) -> (Filter, String) {
    let completed = parameters.single(STATUS, |value| match value {
        _ if value.eq_ignore_ascii_case("all") => Some(None),
        _ => parse_status(value).map(Some),
    });
    let priorities = parameters.multi(PRIORITY, usize::MAX, Priority::from_name);
    let tags = parameters.multi(TAGS, Tags::LIMITS.max, |tag| plain(tag, Tags::LIMITS.max_length));
    let search = parameters.text(SEARCH, MAX_SEARCH);
    let updated_since = parameters.single(UPDATED_SINCE, |value| dates::parse_instant(value).ok());
    let series = parameters.single(SERIES, |value| at_least(1, value));
    let deleted = parameters.flag(DELETED);
    let calendar = zoned_now(parameters, now);
    let zone = calendar.zone;
    let word = parameters.single(DUE, |word| calendar.word(word).map(|_| word.to_ascii_lowercase()));
    let overdue = parameters.flag(OVERDUE);
    let after = parameters.single(DUE_AFTER, |value| dates::parse_due(value).ok());
    let before = parameters.single(DUE_BEFORE, |value| dates::parse_due(value).ok());
    let filter_fingerprint = format!(
        "{completed:?} {priorities:?} {tags:?} {search:?} {updated_since:?} {zone:?} {word:?} {overdue:?} {after:?} {before:?} \
         {series:?} {deleted:?}"
    );
    let due = [
        word.and_then(|word| calendar.word(&word)),
        overdue.map(|is| calendar.overdue(is)),
        after.map(|bound| calendar.not_before(bound)),
        before.map(|bound| calendar.not_after(bound)),
    ];
    let due = due.into_iter().flatten().collect();
    let deleted = deleted.unwrap_or(false);
    (
        Filter { completed: completed.flatten(), priorities, tags, search, due, updated_since, series, deleted },
        filter_fingerprint,
    )
}

/// The days of who asks, by `time_zone`.
pub(crate) fn zoned_now(parameters: &mut Parameters, now: DateTime<Utc>) -> ZonedNow {
    let zone = parameters.single(TIME_ZONE, |name| name.parse::<Tz>().ok()).unwrap_or(Tz::UTC);
    ZonedNow { zone, now }
}

/// A whole number; one that is too large for any database stands for the largest.
fn at_least(least: i64, value: &str) -> Option<i64> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| value.parse().unwrap_or(i64::MAX)).filter(|number| *number >= least)
}

/// Text that can be stored, and so can be looked for.
fn plain(text: &str, most: usize) -> Option<String> {
    (text.chars().count() <= most && !text.contains('\0')).then(|| text.to_owned())
}

/// Whether a parameter says which page is meant, and not what is on it.
pub(crate) fn is_paging(name: &str) -> bool {
    [LIMIT, OFFSET, PAGE, CURSOR].iter().any(|names| names.contains(&name))
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
    let from_order = match order {
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
