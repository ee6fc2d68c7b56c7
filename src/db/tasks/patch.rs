//! The assignments of a patch.

use chrono::NaiveDateTime;
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::serialize::ToSql;
use diesel::sql_types::{Binary, Bool, HasSqlType, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;

use crate::db::schema::tasks;
use crate::task::collation::title_key;
use crate::task::field::Field;
use crate::task::fields::{self, for_each_field};
use crate::task::text::case_folded;
use crate::task::{Completion, TaskPatch};

/// The assignments of a patch, each after a comma. Their text has few variants, so each connection parses and plans it only a few times.
///
/// Title, description and completion change often: the statement sets each of them only if the patch has it. It sets all other fields
/// together if the patch has one of them. To set all fields in each statement reduces PostgreSQL's update rate by a tenth. A text for each
/// combination of fields would need thousands of plans. Diesel never caches a prepared `update()`.
pub(super) struct PatchColumns<'a> {
    title: Option<(&'a str, String, Vec<u8>)>,
    description: Option<(Option<&'a str>, Option<String>)>,
    completion: Completion,
    rare: Option<RarePatch>,
    now: NaiveDateTime,
}

impl<'a> PatchColumns<'a> {
    pub(super) fn new(patch: &'a TaskPatch, now: NaiveDateTime) -> Self {
        let with_folded = |text: Option<&'a str>| (text, text.map(case_folded));
        Self {
            title: patch.title.as_deref().map(|title| (title, case_folded(title), title_key(title))),
            description: patch.description.as_ref().map(|text| with_folded(text.as_deref())),
            completion: patch.completion,
            rare: RarePatch::new(patch),
            now,
        }
    }
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

/// Writes `, column = `.
fn assign<DB: Backend>(out: &mut AstPass<'_, '_, DB>, column: &str) {
    out.push_sql(", ");
    out.push_sql(column);
    out.push_sql(" = ");
}

/// Writes `, column = value`.
pub(super) fn set<'b, DB, S, T>(out: &mut AstPass<'_, 'b, DB>, column: &str, value: &'b T) -> QueryResult<()>
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

/// Writes the assignments, for one backend.
macro_rules! write_patch {
    ($($backend:ty),+) => {
        $(impl QueryFragment<$backend> for PatchColumns<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
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
                    Completion::Keep => return Ok(()),
                    Completion::Set(true) => "TRUE",
                    Completion::Set(false) => "FALSE",
                    Completion::Toggle => "NOT completed",
                };
                assign(&mut out, "completed");
                out.push_sql(completed);
                assign(&mut out, "completed_at");
                out.push_sql("CASE WHEN ");
                out.push_sql(completed);
                out.push_sql(" THEN coalesce(completed_at, ");
                out.push_bind_param::<Timestamp, _>(&self.now)?;
                out.push_sql(") END");
                Ok(())
            }
        })+
    };
}

write_patch!(Pg, Sqlite);
