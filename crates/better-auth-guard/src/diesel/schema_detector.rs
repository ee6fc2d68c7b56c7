//! Detects Better Auth's tables by their configured or default names.
//!
//! A table matches by a default name, in any case, if it has the required columns. Columns match by Better Auth's names, in any
//! case, with or without underscores (`expiresAt`, `expires_at`). If several tables match, a configured name must select one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::QueryResult;

use crate::diesel::ambiguous_instant::timestamp_as_text;
use crate::diesel::connection::TableConnection;
use crate::diesel::information_schema::{Table, find_tables, quote};
use crate::diesel::names::{BetterAuthNames, Model, TableName, normalize};
use crate::diesel::tables::{BetterAuthTables, ExpiryColumn, KeyTable, SessionTables, TablesError};

/// The lifetime of a detected schema. Better Auth may migrate while this service runs.
const CACHE_TTL: Duration = Duration::from_secs(60);

/// Detects Better Auth's tables, and caches the result for 60 s.
#[derive(Default, Debug)]
pub struct SchemaDetector {
    names: BetterAuthNames,
    cache: Mutex<Option<(Instant, Arc<BetterAuthTables>)>>,
}

impl SchemaDetector {
    /// Creates a detector with these configured names.
    pub fn new(names: BetterAuthNames) -> Self {
        Self { names, cache: Mutex::default() }
    }

    /// Returns the configured names.
    pub fn names(&self) -> &BetterAuthNames {
        &self.names
    }

    /// Clears the cache. A failed query may mean that Better Auth has migrated.
    pub fn invalidate(&self) {
        *self.cache.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns the cached tables, or detects them. Missing session tables are not cached.
    ///
    /// # Errors
    /// The query of the database's catalogue failed.
    pub fn tables(&self, connection: &mut impl TableConnection) -> QueryResult<Arc<BetterAuthTables>> {
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, tables)) = cached.filter(|(at, tables)| tables.sessions.is_ok() && at.elapsed() < CACHE_TTL) {
            return Ok(tables);
        }
        let tables = Arc::new(self.detect(connection)?);
        *self.cache.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), tables.clone()));
        Ok(tables)
    }

    /// Detects the tables from the database's catalogue, without the cache.
    ///
    /// # Errors
    /// The query of the database's catalogue failed.
    pub fn detect(&self, connection: &mut impl TableConnection) -> QueryResult<BetterAuthTables> {
        let schema = Schema { tables: find_tables(connection, &self.names)?, names: &self.names };
        Ok(BetterAuthTables { sessions: schema.sessions(), keys: schema.keys() })
    }
}

struct Schema<'a> {
    tables: Vec<Table>,
    names: &'a BetterAuthNames,
}

impl Schema<'_> {
    fn sessions(&self) -> Result<SessionTables, TablesError> {
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

    fn keys(&self) -> Result<Option<KeyTable>, TablesError> {
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
        // the order is that of Better Auth, which signs with the newest key
        let newest_first = column("createdAt").map(|(name, _)| format!(" ORDER BY {} DESC", quote(name)));
        let private_statement = column("privateKey").map(|private_key| {
            let private_key = column_as_text(Some(private_key));
            format!(
                "SELECT {id} AS kid, {private_key} AS private_key FROM {}{}",
                table.quoted_name(),
                newest_first.unwrap_or_default()
            )
        });
        Ok(Some(KeyTable { statement, private_statement }))
    }

    /// Finds the table of a model.
    ///
    /// That is the configured table, or else the only matching table that passes `filter`.
    fn find_table(&self, model: Model, filter: impl Fn(&Table) -> bool) -> Result<Option<&Table>, TablesError> {
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
            [first, second, ..] => {
                Err(TablesError::Ambiguous { model, first: first.quoted_name(), second: second.quoted_name() })
            }
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

    fn missing_table(&self, model: Model) -> TablesError {
        TablesError::Missing { model, is_configured: self.names.table(model).is_some() }
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
            names: [session.quoted_name(), user.quoted_name()],
            find_id,
            expiry_column: ExpiryColumn { name: quote(expiry), kind: kind.clone(), table: session.quoted_name() },
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
