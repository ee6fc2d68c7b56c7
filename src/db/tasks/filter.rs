//! Which tasks a list shows.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use diesel::prelude::*;

use crate::db::schema::tasks;
use crate::db::tasks::conditions::{Contains, HasTags, Unprepared};
use crate::db::tasks::owner_scope::Rows;
use crate::task::Priority;
use crate::task::dates::stored;
use crate::task::fields::tags_column;
use crate::task::text::case_folded;

/// Conditions that all have to hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Only completed ones, or only those that are not.
    pub completed: Option<bool>,
    /// Of one of these priorities; empty: of any.
    pub priorities: Vec<Priority>,
    /// With all of these tags, to the letter.
    pub tags: Vec<String>,
    /// With this text in title or description, whatever its case.
    pub search: Option<String>,
    /// Due like this.
    pub due: Vec<DueFilter>,
    /// Written at this instant or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// Of this chain of occurrences.
    pub series: Option<i64>,
    /// In the trash; `false`: not in the trash.
    pub deleted: bool,
}

/// A condition on when a task is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DueFilter {
    /// It never is.
    Never,
    /// It is at some time.
    Sometime,
    /// It is within a span. One that never is, is in none.
    Within(DueRange),
    /// Its day or instant has passed, and it is not completed.
    Overdue {
        /// The day it is, in the zone of who asks.
        today: NaiveDate,
        /// The instant it is.
        now: DateTime<Utc>,
        /// `false`: the opposite is asked for.
        is: bool,
    },
}

/// A span of time, said twice: for tasks that are due on a day, and for those that are due at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DueRange {
    /// The first day.
    pub first_day: Option<NaiveDate>,
    /// The last day.
    pub last_day: Option<NaiveDate>,
    /// The first instant.
    pub from: Option<DateTime<Utc>>,
    /// The first instant after it.
    pub before: Option<DateTime<Utc>>,
}

impl Filter {
    /// Whether it names nothing, or completion alone.
    fn is_usual(&self) -> bool {
        *self == Self { completed: self.completed, ..Self::default() }
    }

    /// Adds the conditions. A statement is kept prepared only with the few filters that front ends use on every page.
    pub(crate) fn apply<'a>(&self, mut rows: Rows<'a>) -> Rows<'a> {
        if !self.is_usual() {
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
            rows = rows.filter(HasTags(tags_column(&self.tags)));
        }
        if let Some(text) = &self.search {
            rows = rows.filter(Contains(case_folded(text)));
        }
        if let Some(since) = self.updated_since {
            rows = rows.filter(tasks::updated_at.ge(stored(since)));
        }
        self.due.iter().fold(rows, |rows, due| due.apply(rows))
    }
}

impl DueFilter {
    fn apply<'a>(&self, rows: Rows<'a>) -> Rows<'a> {
        match self {
            Self::Never => rows.filter(tasks::due_at.is_null()),
            Self::Sometime => rows.filter(tasks::due_at.is_not_null()),
            Self::Within(span) => span.apply(rows),
            Self::Overdue { today, now, is } => {
                let by_day = tasks::due_all_day.eq(true).and(tasks::due_at.lt(today.and_time(NaiveTime::MIN)));
                let by_instant = tasks::due_all_day.eq(false).and(tasks::due_at.lt(stored(*now)));
                let overdue = tasks::completed.eq(false).and(tasks::due_at.is_not_null()).and(by_day.or(by_instant));
                if *is { rows.filter(overdue) } else { rows.filter(diesel::dsl::not(overdue)) }
            }
        }
    }
}

impl DueRange {
    fn apply<'a>(&self, mut rows: Rows<'a>) -> Rows<'a> {
        rows = rows.filter(tasks::due_at.is_not_null());
        let day = |day: NaiveDate| day.and_time(NaiveTime::MIN);
        let all_day = || tasks::due_all_day.eq(true);
        if let Some(first) = self.first_day {
            rows = rows.filter(all_day().ne(true).or(tasks::due_at.ge(day(first))));
        }
        if let Some(last) = self.last_day {
            rows = rows.filter(all_day().ne(true).or(tasks::due_at.le(day(last))));
        }
        if let Some(from) = self.from {
            rows = rows.filter(all_day().or(tasks::due_at.ge(stored(from))));
        }
        if let Some(before) = self.before {
            rows = rows.filter(all_day().or(tasks::due_at.lt(stored(before))));
        }
        rows
    }
}
