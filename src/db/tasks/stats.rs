//! Statistics of a user's tasks.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::filter::{DueFilter, Filter};
use crate::db::tasks::owner_scope::{active, owned_by};
use crate::db::tasks::scoped::{Access, Tasks};
use crate::task::Priority;
use crate::task::dates::to_db_timestamp;

/// The maximum number of tags in one result. Each task may have 20 different tags.
const MAX_TAGS: usize = 1000;

/// Counts of tasks that are not in the trash.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Pending tasks.
    pub pending: i64,
    /// Completed tasks.
    pub completed: i64,
    /// Pending tasks of each priority.
    pub by_priority: Vec<(Priority, i64)>,
    /// Pending tasks whose due date has passed.
    pub overdue: i64,
    /// Pending and completed tasks with each tag in normalization form C, for the `MAX_TAGS` most frequent tags.
    pub by_tag: BTreeMap<String, i64>,
    /// The completion times since the requested timestamp.
    pub completions: Vec<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct TagCount {
    #[diesel(sql_type = Text)]
    tag: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl<A: Access> Tasks<'_, A> {
    /// Counts tasks. `overdue` is the filter with the current time in the client's time zone.
    ///
    /// # Errors
    /// Database errors.
    pub fn stats(&mut self, overdue: DueFilter, completed_since: DateTime<Utc>) -> Result<Stats, DbError> {
        let groups = active(self.owner).group_by((tasks::completed, tasks::priority)).select((
            tasks::completed,
            tasks::priority,
            diesel::dsl::count_star(),
        ));
        let groups: Vec<(bool, i16, i64)> = groups.load(self.connection)?;
        let sum = |is_included: &dyn Fn(bool, i16) -> bool| {
            groups.iter().filter(|(completed, rank, _)| is_included(*completed, *rank)).map(|(.., count)| count).sum()
        };
        let priorities = [Priority::High, Priority::Medium, Priority::Low, Priority::None];
        let overdue = Filter { due: vec![overdue], ..Filter::default() }.apply(owned_by(self.owner).into_boxed());
        let completions = active(self.owner).filter(tasks::completed_at.ge(to_db_timestamp(completed_since)));
        let completions: Vec<Option<NaiveDateTime>> = completions.select(tasks::completed_at).load(self.connection)?;
        Ok(Stats {
            pending: sum(&|completed, _| !completed),
            completed: sum(&|completed, _| completed),
            by_priority: priorities
                .map(|priority| (priority, sum(&|completed, rank| !completed && rank == priority.rank())))
                .to_vec(),
            overdue: overdue.count().get_result(self.connection)?,
            by_tag: self.tag_counts()?,
            completions: completions.into_iter().flatten().map(|at| at.and_utc()).collect(),
        })
    }

    fn tag_counts(&mut self) -> Result<BTreeMap<String, i64>, DbError> {
        let each = match self.connection {
            AnyConnection::Postgres(_) => "jsonb_array_elements_text(normalize(tags)::jsonb) AS each (value)",
            AnyConnection::Sqlite(_) => "json_each(nfc(tags)) AS each",
        };
        let select = format!(
            "SELECT each.value AS tag, count(*) AS count FROM tasks, {each} \
             WHERE {} AND deleted_at IS NULL AND tags <> '[]' GROUP BY each.value \
             ORDER BY count DESC, tag LIMIT {MAX_TAGS}",
            self.owner.condition(1)
        );
        let rows: Vec<TagCount> = diesel::sql_query(select).bind::<Text, _>(self.owner.id).load(self.connection)?;
        Ok(rows.into_iter().map(|row| (row.tag, row.count)).collect())
    }
}
