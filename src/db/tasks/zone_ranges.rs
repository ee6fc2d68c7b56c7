//! Filters due dates by ranges that depend on each task's own time zone.
//!
//! The databases compute no local times: their versions of the time zone database may differ from the service's. The statement contains
//! the range of each zone.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, Text, Timestamp};

use crate::db::dialect::Dialect;
use crate::db::schema::tasks;

/// A range of due dates, as column values: from the first value to before the second.
pub type DueSpan = (NaiveDateTime, NaiveDateTime);

/// The ranges of a group of time zones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GroupSpans {
    /// The range of due times.
    pub instants: DueSpan,
    /// The range of all-day due dates, as their midnights.
    pub days: DueSpan,
}

/// Groups of time zones with equal ranges.
#[derive(PartialEq, Eq, Debug)]
pub struct ZoneGroups {
    groups: BTreeMap<&'static str, usize>,
    /// `groups` as a JSON object.
    json: String,
}

impl ZoneGroups {
    /// Creates the groups: the number of each time zone's group. Tasks without a time zone, or with an unknown one, have the group 0.
    pub fn new(groups: BTreeMap<&'static str, usize>) -> Self {
        let json = serde_json::to_string(&groups).expect("a map of numbers is JSON");
        Self { groups, json }
    }
}

/// A range of due dates for each time zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ZoneRanges {
    groups: Arc<ZoneGroups>,
    spans: Vec<GroupSpans>,
}

impl ZoneRanges {
    /// Creates the ranges, one for each group.
    pub fn new(groups: Arc<ZoneGroups>, spans: Vec<GroupSpans>) -> Self {
        Self { groups, spans }
    }

    /// Returns the ranges of a time zone.
    pub fn of_zone(&self, name: Option<&str>) -> Option<GroupSpans> {
        let group = name.and_then(|name| self.groups.groups.get(name)).copied().unwrap_or(0);
        self.spans.get(group).copied()
    }

    /// Returns the condition on a task's row. `is_narrow`: few due dates are within the ranges, so the database should use the index of due
    /// dates. For all passed due dates it should use the index of the list's order.
    pub(crate) fn condition(&self, is_narrow: bool) -> InOwnRange {
        let spans = self.spans.iter().flat_map(|group| [group.instants, group.days]);
        let text = |at: NaiveDateTime| at.format("%F %T%.f").to_string();
        let texts: Vec<_> = spans.clone().map(|(from, before)| (text(from), text(before))).collect();
        let (first, last) = (spans.clone().map(|(from, _)| from), spans.map(|(_, before)| before));
        let bounds = |first: Option<NaiveDateTime>, last: Option<NaiveDateTime>| {
            (first.unwrap_or_default(), last.unwrap_or_default())
        };
        InOwnRange {
            is_narrow,
            any: bounds(first.clone().min(), last.clone().max()),
            all: bounds(first.max(), last.min()),
            spans: serde_json::to_string(&texts).expect("a list of texts is JSON"),
            groups: self.groups.clone(),
        }
    }
}

/// The due date is within the range of the task's time zone.
///
/// Only due dates that are in the range of some zones need their own zone: a few days of the user's tasks.
#[derive(Clone, Debug)]
pub(crate) struct InOwnRange {
    is_narrow: bool,
    /// Includes the ranges of all zones.
    any: DueSpan,
    /// Is included in the ranges of all zones. May be empty.
    all: DueSpan,
    /// A JSON array: for each group the texts of the range of instants, and of days.
    spans: String,
    groups: Arc<ZoneGroups>,
}

impl<DB: Dialect + HasSqlType<Timestamp>> QueryFragment<DB> for InOwnRange
where
    String: ToSql<Text, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // the sub-selects of the parameters are evaluated once, not for each row
        let (span, group, rest, from, before) = match out.backend().is_postgres() {
            true => (
                "(SELECT ",
                "::jsonb) -> (2 * coalesce(((SELECT ",
                "::jsonb) ->> time_zone)::int, 0) + due_all_day::int)",
                "(own_span ->> 0)::timestamp",
                "(own_span ->> 1)::timestamp",
            ),
            false => (
                "json_extract(",
                ", '$[' || (2 * coalesce(json_extract(",
                ", '$.\"' || replace(time_zone, '\"', '') || '\"'), 0) + due_all_day) || ']')",
                "json_extract(own_span, '$[0]')",
                "json_extract(own_span, '$[1]')",
            ),
        };
        out.push_sql("(due_at IS NOT NULL AND ");
        if self.is_narrow {
            push_span(&mut out, &self.any)?;
            out.push_sql(" AND ");
        }
        out.push_sql("(");
        push_span(&mut out, &self.all)?;
        out.push_sql(" OR ");
        push_span(&mut out, &self.any)?;
        out.push_sql(" AND (SELECT due_at >= ");
        out.push_sql(from);
        out.push_sql(" AND due_at < ");
        out.push_sql(before);
        out.push_sql(" FROM (SELECT ");
        out.push_sql(span);
        out.push_bind_param::<Text, _>(&self.spans)?;
        out.push_sql(group);
        out.push_bind_param::<Text, _>(&self.groups.json)?;
        out.push_sql(rest);
        out.push_sql(" AS own_span) AS own)))");
        Ok(())
    }
}

/// Writes `due_at >= from AND due_at < before`.
fn push_span<'b, DB: Dialect + HasSqlType<Timestamp>>(
    out: &mut AstPass<'_, 'b, DB>,
    (from, before): &'b DueSpan,
) -> QueryResult<()>
where
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    out.push_sql("due_at >= ");
    out.push_bind_param::<Timestamp, _>(from)?;
    out.push_sql(" AND due_at < ");
    out.push_bind_param::<Timestamp, _>(before)
}

impl Expression for InOwnRange {
    type SqlType = Bool;
}
impl AppearsOnTable<tasks::table> for InOwnRange {}
impl SelectableExpression<tasks::table> for InOwnRange {}
impl<GroupBy> ValidGrouping<GroupBy> for InOwnRange {
    type IsAggregate = is_aggregate::No;
}
impl QueryId for InOwnRange {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
