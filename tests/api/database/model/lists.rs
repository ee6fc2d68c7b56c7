//! The model's lists: filtered, sorted and cut by hand.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveTime, Utc};
use task_api::db::{DueFilter, Filter, Keyset, KeysetValue, List, Page, PageStart, Sort, SortKey};
use task_api::recurrence::Due;
use task_api::task::Task;

use super::memory::Row;

/// A page of this user's tasks.
pub fn page(rows: &[Row], user: &str, list: &List) -> Page {
    let mine = rows.iter().filter(|row| row.task.user_id == user && row.deleted_at.is_some() == list.filter.deleted);
    let mut tasks: Vec<&Task> = mine.map(|row| &row.task).filter(|task| passes(task, &list.filter)).collect();
    let total = tasks.len();
    tasks.sort_by(|one, other| order(list.sort, &position(one, list.sort.key), &position(other, list.sort.key)));
    let rest: Vec<&Task> = match &list.start {
        PageStart::Offset(offset) => tasks.into_iter().skip(usize::try_from(*offset).expect("not negative")).collect(),
        PageStart::After(seen) => {
            let is_behind = |task: &Task| order(list.sort, &position(task, list.sort.key), seen) == Ordering::Greater;
            tasks.into_iter().filter(|task| is_behind(task)).collect()
        }
    };
    let limit = usize::try_from(list.limit).expect("not negative");
    let shown = &rest[..limit.min(rest.len())];
    Page {
        tasks: shown.iter().copied().cloned().collect(),
        next: shown.last().filter(|_| rest.len() > limit).map(|last| position(last, list.sort.key)),
        total: list.count.then(|| i64::try_from(total).expect("a small number")),
    }
}

/// Where a task stands.
pub fn position(task: &Task, key: SortKey) -> Keyset {
    let value = match key {
        SortKey::CreatedAt => KeysetValue::Timestamp(Some(millis(task.created_at))),
        SortKey::UpdatedAt => KeysetValue::Timestamp(Some(millis(task.updated_at))),
        SortKey::DueDate => KeysetValue::Timestamp(task.due.map(|due| match due {
            Due::Day(day) => millis(day.and_time(NaiveTime::MIN).and_utc()),
            Due::At(instant) => millis(instant),
        })),
        SortKey::Priority => KeysetValue::Rank(task.priority as i16),
        SortKey::Title => KeysetValue::Title(without_case(&task.title)),
    };
    Keyset { value, id: task.id }
}

fn order(sort: Sort, one: &Keyset, other: &Keyset) -> Ordering {
    let in_direction = |order: Ordering| if sort.descending { order.reverse() } else { order };
    let by_value = match (&one.value, &other.value) {
        // what is never due is last in both directions
        (KeysetValue::Timestamp(None), KeysetValue::Timestamp(Some(_))) => return Ordering::Greater,
        (KeysetValue::Timestamp(Some(_)), KeysetValue::Timestamp(None)) => return Ordering::Less,
        (KeysetValue::Timestamp(one), KeysetValue::Timestamp(other)) => one.cmp(other),
        (KeysetValue::Rank(one), KeysetValue::Rank(other)) => one.cmp(other),
        (KeysetValue::Title(one), KeysetValue::Title(other)) => one.as_bytes().cmp(other.as_bytes()),
        _ => panic!("positions of different orders"),
    };
    in_direction(by_value.then(one.id.cmp(&other.id)))
}

fn passes(task: &Task, filter: &Filter) -> bool {
    let found = |text: &String| {
        let contains = |place: &str| without_case(place).contains(&without_case(text));
        contains(&task.title) || task.description.as_deref().is_some_and(contains)
    };
    filter.completed.is_none_or(|completed| completed == task.completed_at.is_some())
        && (filter.priorities.is_empty() || filter.priorities.contains(&task.priority))
        && filter.tags.iter().all(|tag| task.tags.contains(tag))
        && filter.search.as_ref().is_none_or(found)
        && filter.updated_since.is_none_or(|since| task.updated_at >= since)
        && filter.series.is_none_or(|series| task.series_id == Some(series))
        && filter.due.iter().all(|due| is_due(task, due))
}

/// Whether a task is due like this.
pub fn is_due(task: &Task, filter: &DueFilter) -> bool {
    match (filter, task.due) {
        (DueFilter::Unset, due) => due.is_none(),
        (DueFilter::Set, due) => due.is_some(),
        (DueFilter::Within(_), None) => false,
        (DueFilter::Within(span), Some(Due::Day(day))) => {
            span.first_day.is_none_or(|first| first <= day) && span.last_day.is_none_or(|last| day <= last)
        }
        (DueFilter::Within(span), Some(Due::At(instant))) => {
            span.from.is_none_or(|from| from <= instant) && span.before.is_none_or(|before| instant < before)
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

/// Two texts that differ in nothing but case are one; by way of upper case, in which ß is SS and the two small sigmas are one.
fn without_case(text: &str) -> String {
    text.to_uppercase().chars().flat_map(char::to_lowercase).collect()
}

pub fn millis(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_millis()
}
