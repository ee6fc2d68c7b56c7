//! Lists of the model: filtering, sorting and pagination without SQL.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveTime, Utc};
use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorPreferences};
use task_api::db::{DueFilter, Filter, Keyset, KeysetValue, List, Page, PageStart, Sort, SortKey, ZoneRanges};
use task_api::recurrence::Due;
use task_api::task::Task;

use super::memory::Row;

/// Returns a page of this user's tasks.
pub fn page(rows: &[Row], user: &str, list: &List) -> Page {
    let own = rows.iter().filter(|row| row.task.user_id == user && row.deleted_at.is_some() == list.filter.deleted);
    let mut tasks: Vec<&Task> = own.map(|row| &row.task).filter(|task| matches_filter(task, &list.filter)).collect();
    let total = tasks.len();
    tasks.sort_by(|left, right| compare(list.sort, &keyset(left, list.sort.key), &keyset(right, list.sort.key)));
    let remaining: Vec<&Task> = match &list.start {
        PageStart::Offset(offset) => tasks.into_iter().skip(usize::try_from(*offset).expect("not negative")).collect(),
        PageStart::After(start) => {
            let is_after_start =
                |task: &Task| compare(list.sort, &keyset(task, list.sort.key), start) == Ordering::Greater;
            tasks.into_iter().filter(|task| is_after_start(task)).collect()
        }
    };
    let limit = usize::try_from(list.limit).expect("not negative");
    let page_tasks = &remaining[..limit.min(remaining.len())];
    Page {
        tasks: page_tasks.iter().copied().cloned().collect(),
        next: page_tasks.last().filter(|_| remaining.len() > limit).map(|last| keyset(last, list.sort.key)),
        total: list.count.then(|| i64::try_from(total).expect("a small number")),
    }
}

/// Returns the keyset of a task for this sort key.
pub fn keyset(task: &Task, key: SortKey) -> Keyset {
    let value = match key {
        SortKey::CreatedAt => KeysetValue::Timestamp(Some(millis(task.created_at))),
        SortKey::UpdatedAt => KeysetValue::Timestamp(Some(millis(task.updated_at))),
        SortKey::DueDate => KeysetValue::Timestamp(task.due.map(|due| match due {
            Due::Day(day) => millis(day.and_time(NaiveTime::MIN).and_utc()),
            Due::At(instant) => millis(instant),
        })),
        SortKey::Priority => KeysetValue::Rank(task.priority as i16),
        SortKey::Title => KeysetValue::Title(task.title.clone()),
    };
    Keyset { value, id: task.id }
}

fn compare(sort: Sort, left: &Keyset, right: &Keyset) -> Ordering {
    let in_direction = |compare: Ordering| if sort.descending { compare.reverse() } else { compare };
    let by_value = match (&left.value, &right.value) {
        // tasks without due date are last in both directions
        (KeysetValue::Timestamp(None), KeysetValue::Timestamp(Some(_))) => return Ordering::Greater,
        (KeysetValue::Timestamp(Some(_)), KeysetValue::Timestamp(None)) => return Ordering::Less,
        (KeysetValue::Timestamp(left), KeysetValue::Timestamp(right)) => left.cmp(right),
        (KeysetValue::Rank(left), KeysetValue::Rank(right)) => left.cmp(right),
        (KeysetValue::Title(left), KeysetValue::Title(right)) => {
            let collator = Collator::try_new(CollatorPreferences::default(), CollatorOptions::default()).unwrap();
            collator.compare(left, right).then(left.as_bytes().cmp(right.as_bytes()))
        }
        _ => panic!("keysets of different sort keys"),
    };
    in_direction(by_value.then(left.id.cmp(&right.id)))
}

fn matches_filter(task: &Task, filter: &Filter) -> bool {
    let matches_search = |text: &String| {
        let contains = |text_of_task: &str| case_folded(text_of_task).contains(&case_folded(text));
        contains(&task.title) || task.description.as_deref().is_some_and(contains)
    };
    filter.completed.is_none_or(|completed| completed == task.completed_at.is_some())
        && (filter.priorities.is_empty() || filter.priorities.contains(&task.priority))
        && filter.tags.iter().all(|tag| task.tags.contains(tag))
        && filter.search.as_ref().is_none_or(matches_search)
        && filter.updated_since.is_none_or(|since| task.updated_at >= since)
        && filter.series.is_none_or(|series| task.series_id == Some(series))
        && filter.due.iter().all(|due| is_due(task, due))
}

/// Returns whether a task matches a due filter.
pub fn is_due(task: &Task, filter: &DueFilter) -> bool {
    match (filter, task.due) {
        (DueFilter::Unset, due) => due.is_none(),
        (DueFilter::Set, due) => due.is_some(),
        (DueFilter::Within(_), None) => false,
        (DueFilter::Within(range), Some(Due::Day(day))) => {
            range.first_day.is_none_or(|first| first <= day) && range.last_day.is_none_or(|last| day <= last)
        }
        (DueFilter::Within(range), Some(Due::At(instant))) => {
            range.from.is_none_or(|from| from <= instant) && range.before.is_none_or(|before| instant < before)
        }
        (DueFilter::WithinOwnZone(ranges), due) => due.is_some_and(|due| is_in_own_range(task, due, ranges)),
        (DueFilter::OverdueInOwnZone { passed, is_overdue }, due) => {
            let has_passed = due.is_some_and(|due| is_in_own_range(task, due, passed));
            (has_passed && task.completed_at.is_none()) == *is_overdue
        }
        (DueFilter::Overdue { today, now, is_overdue }, due) => {
            let has_passed = match due {
                None => false,
                Some(Due::Day(day)) => day < *today,
                Some(Due::At(instant)) => instant < *now,
            };
            (has_passed && task.completed_at.is_none()) == *is_overdue
        }
    }
}

fn is_in_own_range(task: &Task, due: Due, ranges: &ZoneRanges) -> bool {
    let spans = ranges.of_zone(task.time_zone.as_deref()).expect("each zone has a group");
    let (at, (from, before)) = match due {
        Due::Day(day) => (day.and_time(NaiveTime::MIN), spans.days),
        Due::At(instant) => (instant.naive_utc(), spans.instants),
    };
    from <= at && at < before
}

/// Folds case by way of upper case. Upper case maps ß to SS and both small sigmas to one letter.
fn case_folded(text: &str) -> String {
    text.to_uppercase().chars().flat_map(char::to_lowercase).collect()
}

pub fn millis(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_millis()
}
