//! Filters of task lists.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use diesel::prelude::*;

use crate::db::schema::tasks;
use crate::db::tasks::conditions::{Contains, HasTags, Unprepared};
use crate::db::tasks::owner_scope::Rows;
use crate::db::tasks::zone_ranges::ZoneRanges;
use crate::task::Priority;
use crate::task::dates::to_db_timestamp;
use crate::task::fields::tags_column;
use crate::task::text::{case_folded, normalized};

/// Conditions on tasks. A task must meet all of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// `true`: only completed tasks. `false`: only pending tasks.
    pub completed: Option<bool>,
    /// Only these priorities. Empty: all priorities.
    pub priorities: Vec<Priority>,
    /// Only tasks with all of these tags. The comparison is case-sensitive. Canonically equal texts are equal.
    pub tags: Vec<String>,
    /// Only tasks with this text in title or description. The search ignores case, and differences of normal form.
    pub search: Option<String>,
    /// Conditions on the due date.
    pub due: Vec<DueFilter>,
    /// Only tasks updated at this instant or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// Only occurrences of this series.
    pub series: Option<i64>,
    /// `true`: only tasks in the trash. `false`: only active tasks.
    pub deleted: bool,
}

/// A condition on the due date.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DueFilter {
    /// The task has no due date.
    Unset,
    /// The task has a due date.
    Set,
    /// The due date is within a range. A task without a due date does not match.
    Within(DueRange),
    /// The due date is within the range of the task's own time zone.
    WithinOwnZone(ZoneRanges),
    /// The due date is in the passed range of the task's own time zone, and the task is not completed.
    OverdueInOwnZone {
        /// The ranges of passed due dates.
        passed: ZoneRanges,
        /// `false`: inverts the condition.
        is_overdue: bool,
    },
    /// The due date has passed, and the task is not completed.
    Overdue {
        /// The current day in the time zone of the client.
        today: NaiveDate,
        /// The current instant.
        now: DateTime<Utc>,
        /// `false`: inverts the condition.
        is_overdue: bool,
    },
}

/// A range of due dates, with separate bounds for days and for instants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DueRange {
    /// The first day, inclusive.
    pub first_day: Option<NaiveDate>,
    /// The last day, inclusive.
    pub last_day: Option<NaiveDate>,
    /// The first instant, inclusive.
    pub from: Option<DateTime<Utc>>,
    /// The end instant, exclusive.
    pub before: Option<DateTime<Utc>>,
}

impl Filter {
    /// Returns whether the filter has no conditions other than completion.
    fn is_common(&self) -> bool {
        *self == Self { completed: self.completed, ..Self::default() }
    }

    /// Adds the conditions to a query. Only the few common filters keep the statement in the prepared-statement cache.
    pub(crate) fn apply<'a>(&self, mut rows: Rows<'a>) -> Rows<'a> {
        if !self.is_common() {
            rows = rows.filter(Unprepared);
        }
        rows = match self.deleted {
            true => rows.filter(tasks::deleted_at.is_not_null()),
            false => rows.filter(tasks::deleted_at.is_null()),
        };
        if let Some(series) = self.series {
            rows = rows.filter(tasks::series_id.eq(series));
        }
        if let Some(completed) = self.completed {
            rows = rows.filter(tasks::completed.eq(completed));
        }
        if !self.priorities.is_empty() {
            let ranks = self.priorities.iter().map(|priority| priority.rank());
            rows = rows.filter(tasks::priority.eq_any(ranks.collect::<Vec<_>>()));
        }
        if !self.tags.is_empty() {
            let tags: Vec<String> = self.tags.iter().map(|tag| normalized(tag).into_owned()).collect();
            rows = rows.filter(HasTags(tags_column(&tags)));
        }
        if let Some(text) = &self.search {
            rows = rows.filter(Contains(case_folded(text)));
        }
        if let Some(since) = self.updated_since {
            rows = rows.filter(tasks::updated_at.ge(to_db_timestamp(since)));
        }
        self.due.iter().fold(rows, |rows, due| due.apply(rows))
    }
}

impl DueFilter {
    fn apply<'a>(&self, rows: Rows<'a>) -> Rows<'a> {
        match self {
            Self::Unset => rows.filter(tasks::due_at.is_null()),
            Self::Set => rows.filter(tasks::due_at.is_not_null()),
            Self::Within(range) => range.apply(rows),
            Self::WithinOwnZone(ranges) => rows.filter(ranges.condition(true)),
            Self::OverdueInOwnZone { passed, is_overdue } => {
                let overdue = tasks::completed.eq(false).and(passed.condition(false));
                if *is_overdue { rows.filter(overdue) } else { rows.filter(diesel::dsl::not(overdue)) }
            }
            Self::Overdue { today, now, is_overdue } => {
                let by_day = tasks::due_all_day.eq(true).and(tasks::due_at.lt(today.and_time(NaiveTime::MIN)));
                let by_instant = tasks::due_all_day.eq(false).and(tasks::due_at.lt(to_db_timestamp(*now)));
                let overdue = tasks::completed.eq(false).and(tasks::due_at.is_not_null()).and(by_day.or(by_instant));
                if *is_overdue { rows.filter(overdue) } else { rows.filter(diesel::dsl::not(overdue)) }
            }
        }
    }
}

impl DueRange {
    fn apply<'a>(&self, mut rows: Rows<'a>) -> Rows<'a> {
        rows = rows.filter(tasks::due_at.is_not_null());
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN);
        let all_day = || tasks::due_all_day.eq(true);
        if let Some(first) = self.first_day {
            rows = rows.filter(all_day().ne(true).or(tasks::due_at.ge(midnight(first))));
        }
        if let Some(last) = self.last_day {
            rows = rows.filter(all_day().ne(true).or(tasks::due_at.le(midnight(last))));
        }
        if let Some(from) = self.from {
            rows = rows.filter(all_day().or(tasks::due_at.ge(to_db_timestamp(from))));
        }
        if let Some(before) = self.before {
            rows = rows.filter(all_day().or(tasks::due_at.lt(to_db_timestamp(before))));
        }
        rows
    }
}
