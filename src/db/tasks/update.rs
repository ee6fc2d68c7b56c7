//! Updates a task with one statement.

use chrono::NaiveDateTime;
use diesel::backend::Backend;
use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, Bool, HasSqlType, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};

use crate::db::schema::tasks;
use crate::db::tasks::columns::{COLUMN_NAMES, ColumnTypes};
use crate::db::tasks::conditions::HasVersion;
use crate::db::tasks::owner_scope::{IsOwner, OwnerId};
use crate::db::tasks::version_condition::VersionCondition;
use crate::task::collation::title_key;
use crate::task::dates::to_db_timestamp;
use crate::task::field::Field;
use crate::task::fields::{self, for_each_field};
use crate::task::text::case_folded;
use crate::task::{Completion, TaskPatch};

/// The `UPDATE` statement. Its text has few variants, so each connection parses and plans it only a few times.
///
/// Title, description and completion change often: the statement sets each of them only if the patch has it. It sets all other fields
/// together if the patch has one of them. To set all fields in each statement reduces PostgreSQL's update rate by a tenth. A text for each
/// combination of fields would need thousands of plans. Diesel never caches a prepared `update()`.
pub(crate) struct Update<'a> {
    owner: IsOwner<'a>,
    id: i64,
    title: Option<(&'a str, String, Vec<u8>)>,
    description: Option<(Option<&'a str>, Option<String>)>,
    completion: Completion,
    rare: Option<RarePatch>,
    condition: Option<HasVersion>,
    only_if: Option<&'static str>,
    now: NaiveDateTime,
}

/// The new columns of a field, if the patch has the field.
struct FieldPatch<C> {
    is_given: bool,
    columns: C,
}

impl<C: Default> FieldPatch<C> {
    fn new(columns: Option<C>) -> Self {
        Self { is_given: columns.is_some(), columns: columns.unwrap_or_default() }
    }
}

/// Defines the fields of a patch that change seldom.
macro_rules! define_rare_patch {
    ($($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => $columns:tt,)+) => {
        /// The fields that change seldom.
        struct RarePatch {
            $($name: FieldPatch<<fields::$Field as Field>::Columns>,)+
        }

        impl RarePatch {
            /// Returns `None` if the patch has none of these fields.
            fn new(patch: &TaskPatch) -> Option<Self> {
                let is_needed = false $(|| patch.$name.is_some())+;
                is_needed.then(|| Self {
                    $($name: FieldPatch::new(patch.$name.as_ref().map(<fields::$Field as Field>::store)),)+
                })
            }
        }
    };
}

for_each_field!(define_rare_patch);

/// Writes the assignments of a [`RarePatch`], for one backend.
macro_rules! write_rare_patch {
    ($backend:ty; $($(#[$about:meta])* $name:ident: $Field:ident($value:ty) => { $($column:ident),+ },)+) => {
        impl QueryFragment<$backend> for RarePatch {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                $(
                    let FieldPatch { is_given, columns: ($($column,)+) } = &self.$name;
                    $(set_if::<_, SqlTypeOf<tasks::$column>, _>(&mut out, stringify!($column), is_given, $column)?;)+
                )+
                Ok(())
            }
        }
    };
}

macro_rules! write_rare_patch_for_both {
    ($($fields:tt)+) => {
        write_rare_patch!(Pg; $($fields)+);
        write_rare_patch!(Sqlite; $($fields)+);
    };
}

for_each_field!(write_rare_patch_for_both);

impl<'a> Update<'a> {
    pub(crate) fn new(owner: &'a str, id: i64, patch: &'a TaskPatch, condition: &VersionCondition) -> Self {
        let with_folded = |text: Option<&'a str>| (text, text.map(case_folded));
        Self {
            owner: IsOwner(OwnerId(owner)),
            id,
            title: patch.title.as_deref().map(|title| (title, case_folded(title), title_key(title))),
            description: patch.description.as_ref().map(|text| with_folded(text.as_deref())),
            completion: patch.completion,
            rare: RarePatch::new(patch),
            condition: match condition {
                VersionCondition::Any => None,
                VersionCondition::Versions(versions) => Some(HasVersion::new(versions)),
            },
            only_if: None,
            now: to_db_timestamp(patch.now),
        }
    }

    /// Restricts the statement to tasks that meet this SQL condition.
    pub(crate) fn only_if(self, sql: &'static str) -> Self {
        Self { only_if: Some(sql), ..self }
    }
}

/// Writes `, column = `.
fn assign<DB: Backend>(out: &mut AstPass<'_, '_, DB>, column: &str) {
    out.push_sql(", ");
    out.push_sql(column);
    out.push_sql(" = ");
}

/// Writes `, column = value`.
fn set<'b, DB, S, T>(out: &mut AstPass<'_, 'b, DB>, column: &str, value: &'b T) -> QueryResult<()>
where
    DB: Backend + HasSqlType<S>,
    T: ToSql<S, DB>,
{
    assign(out, column);
    out.push_bind_param::<S, _>(value)
}

/// Writes `, column = CASE WHEN is_given THEN value ELSE column END`.
fn set_if<'b, DB, S, T>(
    out: &mut AstPass<'_, 'b, DB>,
    column: &str,
    is_given: &'b bool,
    value: &'b T,
) -> QueryResult<()>
where
    DB: Backend + HasSqlType<S> + HasSqlType<Bool>,
    T: ToSql<S, DB>,
    bool: ToSql<Bool, DB>,
{
    assign(out, column);
    out.push_sql("CASE WHEN ");
    out.push_bind_param::<Bool, _>(is_given)?;
    out.push_sql(" THEN ");
    out.push_bind_param::<S, _>(value)?;
    out.push_sql(" ELSE ");
    out.push_sql(column);
    out.push_sql(" END");
    Ok(())
}

/// Writes the statement, for one backend.
macro_rules! write_update {
    ($($backend:ty),+) => {
        $(impl QueryFragment<$backend> for Update<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                out.push_sql("UPDATE tasks SET version = version + 1");
                set::<_, Timestamp, _>(&mut out, "updated_at", &self.now)?;
                if let Some((title, folded, key)) = &self.title {
                    set::<_, Text, _>(&mut out, "title", title)?;
                    set::<_, Text, _>(&mut out, "title_folded", folded)?;
                    set::<_, Binary, _>(&mut out, "title_key", key)?;
                }
                if let Some((description, folded)) = &self.description {
                    set::<_, Nullable<Text>, _>(&mut out, "description", description)?;
                    set::<_, Nullable<Text>, _>(&mut out, "description_folded", folded)?;
                }
                if let Some(rare) = &self.rare {
                    rare.walk_ast(out.reborrow())?;
                }
                let completed = match self.completion {
                    Completion::Keep => None,
                    Completion::Set(true) => Some("TRUE"),
                    Completion::Set(false) => Some("FALSE"),
                    Completion::Toggle => Some("NOT completed"),
                };
                if let Some(completed) = completed {
                    assign(&mut out, "completed");
                    out.push_sql(completed);
                    assign(&mut out, "completed_at");
                    out.push_sql("CASE WHEN ");
                    out.push_sql(completed);
                    out.push_sql(" THEN coalesce(completed_at, ");
                    out.push_bind_param::<Timestamp, _>(&self.now)?;
                    out.push_sql(") END");
                }
                out.push_sql(" WHERE deleted_at IS NULL AND ");
                self.owner.walk_ast(out.reborrow())?;
                out.push_sql(" AND id = ");
                out.push_bind_param::<BigInt, _>(&self.id)?;
                if let Some(sql) = self.only_if {
                    out.push_sql(" AND ");
                    out.push_sql(sql);
                }
                if let Some(condition) = &self.condition {
                    out.push_sql(" AND ");
                    condition.walk_ast(out.reborrow())?;
                }
                out.push_sql(" RETURNING ");
                out.push_sql(COLUMN_NAMES);
                Ok(())
            }
        })+
    };
}

write_update!(Pg, Sqlite);

impl QueryId for Update<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Update<'_> {
    type SqlType = ColumnTypes;
}

impl<C> RunQueryDsl<C> for Update<'_> {}
