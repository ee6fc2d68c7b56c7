//! Parses the query parameters of lists: names, aliases and errors.

#![deny(clippy::arithmetic_side_effects)]

mod days;
mod ordering;
mod own_zones;
mod zoned_now;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::api::error::ApiResult;
use crate::api::field_errors::FieldError;
use crate::api::ignored_input::IgnoredInput;
use crate::api::query_params::Parameters;
use crate::config::ListSettings;
use crate::db::{Filter, List, PageStart};
use crate::task::completion::parse_status;
use crate::task::fields::Tags;
use crate::task::{Priority, dates};
use ordering::ordering;
pub(crate) use zoned_now::ZonedNow;

/// The parsed parameters of a list.
pub(crate) struct ListQuery {
    /// The database query.
    pub list: List,
    /// Whether `count=exact` requests `X-Total-Count`.
    pub should_count: bool,
    /// The unverified cursor.
    pub cursor: Option<String>,
    /// Identifies the filters and the order. A cursor is valid only for the same fingerprint.
    pub filter_fingerprint: String,
}

const STATUS: &[&str] = &["status", "status_filter", "filter", "completed"];
const PRIORITY: &[&str] = &["priority", "priority_filter"];
const TAGS: &[&str] = &["tags", "tag"];
const SEARCH: &[&str] = &["search", "q", "query"];
const DUE: &[&str] = &["due"];
const DUE_BEFORE: &[&str] = &["due_before", "dueBefore", "due_date_to"];
const DUE_AFTER: &[&str] = &["due_after", "dueAfter", "due_date_from"];
const OVERDUE: &[&str] = &["overdue"];
const TIME_ZONE: &[&str] = &["time_zone", "timeZone"];
const UPDATED_SINCE: &[&str] = &["updated_since", "updatedSince"];
const SERIES: &[&str] = &["series"];
const DELETED: &[&str] = &["deleted"];
const SORT: &[&str] = &["sort", "sort_by", "sortBy"];
const ORDER: &[&str] = &["order", "sort_order", "sortOrder"];
const LIMIT: &[&str] = &["limit", "page_size", "pageSize"];
const OFFSET: &[&str] = &["offset", "skip"];
const PAGE: &[&str] = &["page"];
const CURSOR: &[&str] = &["cursor"];
const COUNT: &[&str] = &["count"];

/// The names of all parameters, the canonical name first.
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

/// The accepted values of numbers and dates, for errors.
pub(crate) const FROM_ONE: &str = "a whole number from 1";
const DAY_OR_INSTANT: &str = "a date (2026-12-01) or a date-time (2026-12-01T09:00:00Z)";

/// Default size of a page requested by `page`, in tasks.
const PAGE_SIZE: i64 = 50;
/// Maximum number of characters of a search text. The time of a search grows with its length.
const MAX_SEARCH: usize = 100;

/// Parses a query string.
///
/// # Errors
/// [`ApiError::Malformed`](crate::api::error::ApiError::Malformed): the query string is malformed.
/// [`ApiError::ValidationFailed`](crate::api::error::ApiError::ValidationFailed): values are invalid.
pub(crate) fn parse(
    query: &str,
    settings: ListSettings,
    now: DateTime<Utc>,
    ignored: &mut IgnoredInput,
) -> ApiResult<ListQuery> {
    let mut parameters = Parameters::of(query)?;
    let (filter, filter_fingerprint) = filter(&mut parameters, now);
    // an unknown sort key or direction is ignored and keeps the default
    let sort = parameters.word(SORT);
    let order = parameters.single(ORDER, "asc or desc", |value| Some(value.to_ascii_lowercase()));
    let sort = ordering(sort.as_deref(), order.as_deref(), ignored);
    let limit = limit(&mut parameters, LIMIT, settings.max, ignored);
    let offset = parameters.single(OFFSET, "a whole number from 0", |value| parse_integer(0, value));
    let page = parameters.single(PAGE, FROM_ONE, |value| parse_integer(1, value));
    let cursor = parameters.single(CURSOR, "a cursor", |value| Some(value.to_owned()));
    let should_count = parameters.single(COUNT, "exact", |value| Some(value == "exact")).unwrap_or(false);
    let size = limit.or(page.map(|_| PAGE_SIZE)).unwrap_or(settings.max).min(settings.max);
    let page_offset = page.map_or(0, |page| page.saturating_sub(1).saturating_mul(size));
    let start = PageStart::Offset(offset.unwrap_or(page_offset));
    let list = List { filter, sort, limit: size, start, count: should_count };
    let starts = [("cursor", cursor.is_some()), ("offset", offset.is_some()), ("page", page.is_some())];
    push_ignored_starts(starts, ignored);
    let filter_fingerprint = format!("{filter_fingerprint} {sort:?}");
    parameters.finish(ListQuery { list, should_count, cursor, filter_fingerprint }, ignored)
}

/// Parses the filters. Also returns their fingerprint, which is equal for equal filters.
pub(crate) fn filter(parameters: &mut Parameters, now: DateTime<Utc>) -> (Filter, String) {
    let completed = parameters.single(STATUS, "all, pending or completed", |value| match value {
        _ if value.eq_ignore_ascii_case("all") => Some(None),
        _ => parse_status(value).map(Some),
    });
    let priorities = parameters.multi(PRIORITY, usize::MAX, "low, medium, high or none", Priority::from_name);
    let accepted = format!("at most {} characters long, without NUL", Tags::LIMITS.max_length);
    let tags = parameters.multi(TAGS, Tags::LIMITS.max, &accepted, |tag| storable_text(tag, Tags::LIMITS.max_length));
    let search = parameters.text(SEARCH, MAX_SEARCH);
    let updated_since = parameters
        .single(UPDATED_SINCE, "a date-time (2026-12-01T09:00:00Z)", |value| dates::parse_instant(value).ok());
    let series = parameters.single(SERIES, FROM_ONE, |value| parse_integer(1, value));
    let deleted = parameters.flag(DELETED);
    let zoned_now = zoned_now(parameters, now);
    let zone = zoned_now.zone;
    let word = parameters.single(DUE, "today, week, overdue, any or none", |word| {
        zoned_now.due_filter(word).map(|_| word.to_ascii_lowercase())
    });
    let overdue = parameters.flag(OVERDUE);
    let after = parameters.single(DUE_AFTER, DAY_OR_INSTANT, |value| dates::parse_due(value).ok());
    let before = parameters.single(DUE_BEFORE, DAY_OR_INSTANT, |value| dates::parse_due(value).ok());
    let filter_fingerprint = format!(
        "{completed:?} {priorities:?} {tags:?} {search:?} {updated_since:?} {zone:?} {word:?} {overdue:?} {after:?} {before:?} \
         {series:?} {deleted:?}"
    );
    let due = [
        word.and_then(|word| zoned_now.due_filter(&word)),
        overdue.map(|is_overdue| zoned_now.overdue(is_overdue)),
        after.map(|bound| zoned_now.not_before(bound)),
        before.map(|bound| zoned_now.not_after(bound)),
    ];
    let due = due.into_iter().flatten().collect();
    let deleted = deleted.unwrap_or(false);
    (
        Filter { completed: completed.flatten(), priorities, tags, search, due, updated_since, series, deleted },
        filter_fingerprint,
    )
}

/// Reads the maximum number of tasks in the response. A number above `max` is reduced to it later.
pub(crate) fn limit(
    parameters: &mut Parameters,
    names: &'static [&'static str],
    max: i64,
    ignored: &mut IgnoredInput,
) -> Option<i64> {
    let must_be = || format!("must be a whole number from 1 to {max}");
    let limit = parameters.single_or(names, |value| parse_integer(1, value.trim()).ok_or_else(must_be));
    if limit.is_some_and(|limit| limit > max) {
        ignored.push(|| FieldError::parameter(names[0], format!("{}; it would be reduced to {max}", must_be())));
    }
    limit
}

/// Adds the starts of a page without effect. The first one that the request has applies.
fn push_ignored_starts(starts: [(&'static str, bool); 3], ignored: &mut IgnoredInput) {
    let mut present = starts.into_iter().filter_map(|(name, is_present)| is_present.then_some(name));
    let Some(first) = present.next() else { return };
    for name in present {
        ignored.push(|| FieldError::parameter(name, format!("would be ignored beside {first}; send one of them")));
    }
}

/// Returns the current time in the zone of `time_zone`.
pub(crate) fn zoned_now(parameters: &mut Parameters, now: DateTime<Utc>) -> ZonedNow {
    let zone = parameters.single(TIME_ZONE, "an IANA time zone, such as Europe/Vienna", |name| name.parse::<Tz>().ok());
    ZonedNow { zone, now }
}

/// Parses a whole number of at least `min`. Numbers beyond `i64::MAX` become `i64::MAX`.
pub(crate) fn parse_integer(min: i64, value: &str) -> Option<i64> {
    let is_digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| value.parse().unwrap_or(i64::MAX)).filter(|number| *number >= min)
}

/// Returns the text, if the database can store it: at most `max` characters, without NUL.
fn storable_text(text: &str, max: usize) -> Option<String> {
    (text.chars().count() <= max && !text.contains('\0')).then(|| text.to_owned())
}

/// Returns whether a parameter selects the page: limit, offset, page or cursor.
pub(crate) fn is_paging(name: &str) -> bool {
    [LIMIT, OFFSET, PAGE, CURSOR].iter().any(|names| names.contains(&name))
}
