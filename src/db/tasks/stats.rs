//! A user's tasks in numbers.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::schema::tasks;
use crate::db::tasks::filter::{DueFilter, Filter};
use crate::db::tasks::owner_scope::{active, is_owner, owned_by};
use crate::db::tasks::scoped::{Access, Tasks};
use crate::task::Priority;
use crate::task::dates::stored;

/// The most tags that are counted in one answer: each of a user's tasks may have twenty of its own.
const MOST_TAGS: usize = 1000;

/// Numbers of tasks that are not in the trash.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Not completed.
    pub pending: i64,
    /// Completed.
    pub completed: i64,
    /// Not completed, of each priority.
    pub by_priority: Vec<(Priority, i64)>,
    /// Not completed, and their due date has passed.
    pub overdue: i64,
    /// With each tag, completed or not; of the `MOST_TAGS` tags that most tasks have.
    pub by_tag: BTreeMap<String, i64>,
    /// When those were completed that were since the moment asked for.
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
    /// Counts. `overdue` says what that is at this moment, where the asker is.
    ///
    /// # Errors
    /// Those of the database.
    pub fn stats(&mut self, overdue: DueFilter, completed_since: DateTime<Utc>) -> Result<Stats, DbError> {
        let groups = active(self.owner).group_by((tasks::completed, tasks::priority)).select((
            tasks::completed,
            tasks::priority,
            diesel::dsl::count_star(),
        ));
        let groups: Vec<(bool, i16, i64)> = groups.load(self.connection)?;
        let sum = |which: &dyn Fn(bool, i16) -> bool| {
            groups.iter().filter(|(completed, rank, _)| which(*completed, *rank)).map(|(.., count)| count).sum()
        };
        let priorities = [Priority::High, Priority::Medium, Priority::Low, Priority::None];
        let late = Filter { due: vec![overdue], ..Filter::default() }.apply(owned_by(self.owner).into_boxed());
        let completions = active(self.owner).filter(tasks::completed_at.ge(stored(completed_since)));
        let completions: Vec<Option<NaiveDateTime>> = completions.select(tasks::completed_at).load(self.connection)?;
        Ok(Stats {
            pending: sum(&|completed, _| !completed),
            completed: sum(&|completed, _| completed),
            by_priority: priorities
                .map(|priority| (priority, sum(&|done, rank| !done && rank == priority.rank())))
                .to_vec(),
            overdue: late.count().get_result(self.connection)?,
            by_tag: self.tags()?,
            completions: completions.into_iter().flatten().map(|at| at.and_utc()).collect(),
        })
    }

    fn tags(&mut self) -> Result<BTreeMap<String, i64>, DbError> {
        let each = match self.connection {
            AnyConnection::Postgres(_) => "jsonb_array_elements_text(tags::jsonb) AS each (value)",
            AnyConnection::Sqlite(_) => "json_each(tags) AS each",
        };
        let select = format!(
            "SELECT each.value AS tag, count(*) AS count FROM tasks, {each} \
             WHERE {} AND deleted_at IS NULL AND tags <> '[]' GROUP BY each.value \
             ORDER BY count DESC, tag LIMIT {MOST_TAGS}",
            is_owner(self.connection, 1)
        );
        let rows: Vec<TagCount> = diesel::sql_query(select).bind::<Text, _>(self.owner).load(self.connection)?;
        Ok(rows.into_iter().map(|row| (row.tag, row.count)).collect())
    }
}
