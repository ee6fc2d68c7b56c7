//! Detects Better Auth's tables by their configured or default names.
//!
//! A table matches by a default name, in any case, if it has the required columns. Columns match by Better Auth's names, in any
//! case, with or without underscores (`expiresAt`, `expires_at`). If several tables match, the setting must name one.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::db::better_auth::ambiguous_instant::timestamp_as_text;
use crate::db::better_auth::information_schema::{Table, find_tables, quote};
use crate::db::better_auth::names::{BetterAuthNames, Model, TableName, normalize};
use crate::db::connection::AnyConnection;
use crate::db::error::DbError;

/// The lifetime of a detected schema. Better Auth may migrate while this service runs.
const CACHE_TTL: Duration = Duration::from_secs(60);

/// The detected tables of Better Auth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BetterAuthTables {
    /// The tables of sessions and users, or why session tokens cannot be verified.
    pub sessions: Result<SessionTables, String>,
    /// The table of keys, or `None` if it is missing.
    pub keys: Result<Option<KeyTable>, String>,
}

/// The tables of sessions and users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionTables {
    /// The `SELECT` of sessions with users and bans. The caller appends the condition on the token.
    pub(crate) statement: String,
    /// The quoted names of both tables.
    names: [String; 2],
    /// The `SELECT` of a session by id. The caller appends the id. `None` without an id column.
    pub(crate) find_id: Option<String>,
    /// The column `expiresAt`: its quoted name, its type (empty on SQLite), and its table.
    pub(crate) expiry_column: [String; 3],
    /// Whether tables and columns have the names of Better Auth's migrations.
    pub(crate) has_default_names: bool,
}

impl fmt::Display for SessionTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the tables {} and {}", self.names[0], self.names[1])
    }
}

/// The table of keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyTable {
    /// The `SELECT` of all keys.
    pub(crate) statement: String,
}

/// Detects the tables, and caches the result.
#[derive(Default)]
pub(crate) struct SchemaDetector {
    pub(crate) names: BetterAuthNames,
    cache: Mutex<Option<(Instant, Arc<BetterAuthTables>)>>,
}

impl SchemaDetector {
    pub(crate) fn new(names: BetterAuthNames) -> Self {
        Self { names, cache: Mutex::default() }
    }

    pub(crate) fn invalidate(&self) {
        *self.cache.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = None;
    }

    /// Returns the cached tables, or detects them. Missing session tables are not cached.
    pub(crate) fn tables(&self, connection: &mut AnyConnection) -> Result<Arc<BetterAuthTables>, DbError> {
        let cached = self.cache.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        if let Some((_, tables)) = cached.filter(|(at, tables)| tables.sessions.is_ok() && at.elapsed() < CACHE_TTL) {
            return Ok(tables);
        }
        let tables = Arc::new(detect(connection, &self.names)?);
        *self.cache.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some((Instant::now(), tables.clone()));
        Ok(tables)
    }
}

/// Detects the tables from the database's catalogue.
pub(crate) fn detect(connection: &mut AnyConnection, names: &BetterAuthNames) -> Result<BetterAuthTables, DbError> {
    let schema = Schema { tables: find_tables(connection, names)?, names };
    Ok(BetterAuthTables { sessions: schema.sessions(), keys: schema.keys() })
}

struct Schema<'a> {
    tables: Vec<Table>,
    names: &'a BetterAuthNames,
}

impl Schema<'_> {
    fn sessions(&self) -> Result<SessionTables, String> {
        let session = self.find_table(Model::Session, |_| true)?;
        let session = session.ok_or_else(|| self.missing_table(Model::Session))?;
        // prefers the session table's schema and naming style: a front end may have its own table of users
        let has_same_style =
            |table: &Table| table.schema == session.schema && naming_style(&table.name) == naming_style(&session.name);
        let user = match self.find_table(Model::User, has_same_style)? {
            Some(user) => user,
            None => self.find_table(Model::User, |_| true)?.ok_or_else(|| self.missing_table(Model::User))?,
        };
        Ok(self.session_tables(session, user))
    }

    fn keys(&self) -> Result<Option<KeyTable>, String> {
        let Some(table) = self.find_table(Model::Jwks, |_| true)? else {
            return match self.names.jwks {
                Some(_) => Err(self.missing_table(Model::Jwks)),
                None => Ok(None),
            };
        };
        let column = |field| self.column(table, Model::Jwks, field);
        let (id, public_key) = (column_as_text(column("id")), column_as_text(column("publicKey")));
        let alg = column("alg").map_or("NULL".into(), |column| column_as_text(Some(column)));
        let expires_at = timestamp_column("", column("expiresAt"));
        let statement = format!(
            "SELECT {id} AS kid, {public_key} AS public_key, {alg} AS alg, {expires_at} AS expires_at FROM {}",
            table.quoted_name()
        );
        Ok(Some(KeyTable { statement }))
    }

    /// Finds the table of a model.
    ///
    /// That is the configured table, or else the only matching table that passes `filter`.
    fn find_table(&self, model: Model, filter: impl Fn(&Table) -> bool) -> Result<Option<&Table>, String> {
        let candidates: Vec<&Table> = match self.names.table(model) {
            Some(name) => {
                self.tables.iter().find(|table| self.is_visible(table) && has_name(table, name)).into_iter().collect()
            }
            None => {
                let has_default_name =
                    |table: &&Table| model.default_names().contains(&table.name.to_ascii_lowercase().as_str());
                let candidates =
                    self.tables.iter().filter(has_default_name).filter(|table| self.is_visible(table) && filter(table));
                candidates.collect()
            }
        };
        let has_columns =
            |table: &&Table| model.required_fields().iter().all(|field| self.column(table, model, field).is_some());
        let matching: Vec<&Table> = candidates.into_iter().filter(has_columns).collect();
        match matching.as_slice() {
            [] => Ok(None),
            [table] => Ok(Some(table)),
            [first, second, ..] => Err(format!(
                "both {} and {} match Better Auth's table {model}: set {}_TABLE",
                first.quoted_name(),
                second.quoted_name(),
                model.to_string().to_uppercase()
            )),
        }
    }

    /// Returns whether the table's schema is configured or comes first.
    ///
    /// A table in the search path hides tables with the same name in later schemas.
    fn is_visible(&self, table: &Table) -> bool {
        let first = self.tables.iter().find(|other| other.name == table.name);
        let in_named_schema = [Model::Session, Model::User, Model::Jwks]
            .into_iter()
            .filter_map(|model| self.names.table(model))
            .any(|name| name.table == table.name && name.schema.as_ref() == Some(&table.schema));
        in_named_schema || first.is_some_and(|first| first.schema == table.schema)
    }

    fn column<'a>(&self, table: &'a Table, model: Model, field: &str) -> Option<&'a (String, String)> {
        if let Some(name) = self.names.column(model, field) {
            return table.columns.iter().find(|(column, _)| column == name);
        }
        let matches_normalized = |(column, _): &&(String, String)| normalize(column) == normalize(field);
        table
            .columns
            .iter()
            .find(|(column, _)| column == field)
            .or_else(|| table.columns.iter().find(matches_normalized))
    }

    fn missing_table(&self, model: Model) -> String {
        let fields = model.required_fields().join(", ");
        match self.names.table(model) {
            Some(_) => format!(
                "the database has no table with the name in {}_TABLE and columns for {fields} that this role may read",
                model.to_string().to_uppercase()
            ),
            None => format!(
                "the database has no table {model} of Better Auth with columns for {fields} that this role may read"
            ),
        }
    }

    fn session_tables(&self, session: &Table, user: &Table) -> SessionTables {
        let of_session = |field| self.column(session, Model::Session, field);
        let of_user = |field| self.column(user, Model::User, field);
        let name = |column: Option<&(String, String)>| quote(&column.expect("the table has the required columns").0);
        let (user_id, token, id) = (of_session("userId"), of_session("token"), of_user("id"));
        // PostgreSQL does not compare text with uuid: casts both to text if their types differ
        let have_same_type = user_id.map(|(_, kind)| kind) == id.map(|(_, kind)| kind) || session.schema.is_empty();
        let (user_id, token, id) = (name(user_id), name(token), name(id));
        let join_condition = match have_same_type {
            true => format!("u.{id} = s.{user_id}"),
            false => format!("CAST(u.{id} AS text) = CAST(s.{user_id} AS text)"),
        };
        let banned =
            of_user("banned").map_or("FALSE".into(), |column| format!("coalesce(u.{}, FALSE)", name(Some(column))));
        let statement = format!(
            "SELECT CAST(s.{token} AS text), CAST(s.{user_id} AS text), {}, u.{id} IS NOT NULL, {banned}, {} FROM {} s LEFT JOIN {} u ON {join_condition} \
             WHERE s.{token}",
            timestamp_column("s.", of_session("expiresAt")),
            timestamp_column("u.", of_user("banExpires")),
            session.quoted_name(),
            user.quoted_name()
        );
        let has_default_names = |table: &Table, model: Model| {
            let has_default_name =
                |field: &&str| self.column(table, model, field).is_some_and(|(column, _)| column == field);
            table.name == model.default_names()[0] && model.required_fields().iter().all(has_default_name)
        };
        let find_id = of_session("id").map(|column| {
            format!("SELECT 'there' AS text FROM {} WHERE {} = ", session.quoted_name(), column_as_text(Some(column)))
        });
        let (expiry, kind) = of_session("expiresAt").expect("the table has the required columns");
        SessionTables {
            statement,
            find_id,
            expiry_column: [quote(expiry), kind.clone(), session.quoted_name()],
            names: [session.quoted_name(), user.quoted_name()],
            has_default_names: has_default_names(session, Model::Session) && has_default_names(user, Model::User),
        }
    }
}

fn has_name(table: &Table, name: &TableName) -> bool {
    table.name == name.table && name.schema.as_ref().is_none_or(|schema| *schema == table.schema)
}

/// Returns whether a name is capitalized, and whether it is plural. Adapters name all tables in the same style.
fn naming_style(name: &str) -> (bool, bool) {
    (name.starts_with(char::is_uppercase), name.ends_with(['s', 'S']))
}

/// Returns an SQL expression of a timestamp as text.
///
/// Without the column the expression is `NULL`.
fn timestamp_column(prefix: &str, column: Option<&(String, String)>) -> String {
    column.map_or("NULL".into(), |(name, kind)| timestamp_as_text(&format!("{prefix}{}", quote(name)), kind))
}

fn column_as_text(column: Option<&(String, String)>) -> String {
    format!("CAST({} AS text)", quote(&column.expect("the table has the required columns").0))
}
