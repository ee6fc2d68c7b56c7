//! Finding Better Auth's tables, whichever adapter made them: what is configured is taken by its name, the rest by what it looks like.
//!
//! A table is taken by one of its usual names, in any case, when its columns are there: by Better Auth's names for them in any case, with
//! or without underscores (`expiresAt`, `expires_at`). Where more than one table would do, none is taken until one is named.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::db::better_auth::ambiguous_instant::as_text;
use crate::db::better_auth::information_schema::{Table, quote, tables};
use crate::db::better_auth::names::{BetterAuthNames, Model, TableName, plain};
use crate::db::connection::AnyConnection;
use crate::db::error::DbError;

/// How long what was found is believed: Better Auth may migrate while this service runs.
const CACHE_TTL: Duration = Duration::from_secs(60);

/// What of Better Auth is in the database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BetterAuthTables {
    /// The tables of sessions and users, or why a cookie cannot be judged by them.
    pub sessions: Result<SessionTables, String>,
    /// The table of keys; `None` where there is none.
    pub keys: Result<Option<KeyTable>, String>,
}

/// The tables of sessions and users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionTables {
    /// Finds sessions with their users and bans; which tokens is to be put behind it.
    pub(crate) statement: String,
    /// Their names, quoted.
    names: [String; 2],
    /// Says whether a row has this id, which is to be put behind it; `None` where the table has no such column.
    pub(crate) by_id: Option<String>,
    /// The time at which a session ends: its column, the column's type (empty on SQLite), and its table.
    pub(crate) end: [String; 3],
    /// Whether names and columns are those of Better Auth's own migrations.
    pub(crate) is_usual: bool,
}

impl fmt::Display for SessionTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the tables {} and {}", self.names[0], self.names[1])
    }
}

/// The table of keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyTable {
    /// Finds all keys.
    pub(crate) statement: String,
}

/// Looks for the tables, and remembers what was found.
#[derive(Default)]
pub(crate) struct SchemaDetector {
    pub(crate) names: BetterAuthNames,
    found: Mutex<Option<(Instant, Arc<BetterAuthTables>)>>,
}

impl SchemaDetector {
    pub(crate) fn new(names: BetterAuthNames) -> Self {
        Self { names, found: Mutex::default() }
    }

    pub(crate) fn invalidate(&self) {
        *self.found.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = None;
    }

    /// What was found lately, or else what there is now. Missing tables are looked for each time.
    pub(crate) fn tables(&self, connection: &mut AnyConnection) -> Result<Arc<BetterAuthTables>, DbError> {
        let remembered = self.found.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        if let Some((_, tables)) = remembered.filter(|(at, tables)| tables.sessions.is_ok() && at.elapsed() < CACHE_TTL)
        {
            return Ok(tables);
        }
        let tables = Arc::new(detect(connection, &self.names)?);
        *self.found.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some((Instant::now(), tables.clone()));
        Ok(tables)
    }
}

/// Looks at the database's catalogue.
pub(crate) fn detect(connection: &mut AnyConnection, names: &BetterAuthNames) -> Result<BetterAuthTables, DbError> {
    let catalogue = Catalogue { tables: tables(connection, names)?, names };
    Ok(BetterAuthTables { sessions: catalogue.sessions(), keys: catalogue.keys() })
}

struct Catalogue<'a> {
    tables: Vec<Table>,
    names: &'a BetterAuthNames,
}

impl Catalogue<'_> {
    fn sessions(&self) -> Result<SessionTables, String> {
        let session = self.only(Model::Session, |_| true)?;
        let session = session.ok_or_else(|| self.missing(Model::Session))?;
        // a front end's own table of users may stand beside Better Auth's: the one whose name is formed alike is meant
        let alike = |table: &Table| table.schema == session.schema && form(&table.name) == form(&session.name);
        let user = match self.only(Model::User, alike)? {
            Some(user) => user,
            None => self.only(Model::User, |_| true)?.ok_or_else(|| self.missing(Model::User))?,
        };
        Ok(self.session_tables(session, user))
    }

    fn keys(&self) -> Result<Option<KeyTable>, String> {
        let Some(table) = self.only(Model::Jwks, |_| true)? else {
            return match self.names.jwks {
                Some(_) => Err(self.missing(Model::Jwks)),
                None => Ok(None),
            };
        };
        let column = |field| self.column(table, Model::Jwks, field);
        let (id, public_key) = (text(column("id")), text(column("publicKey")));
        let alg = column("alg").map_or("NULL".into(), |column| text(Some(column)));
        let expires_at = time("", column("expiresAt"));
        let statement = format!(
            "SELECT {id} AS kid, {public_key} AS public_key, {alg} AS alg, {expires_at} AS expires_at FROM {}",
            table.quoted()
        );
        Ok(Some(KeyTable { statement }))
    }

    /// The one table that is this model's: the one that was named, or else the only one that looks like it and is `wanted`.
    fn only(&self, model: Model, wanted: impl Fn(&Table) -> bool) -> Result<Option<&Table>, String> {
        let candidates: Vec<&Table> = match self.names.table(model) {
            Some(name) => {
                self.tables.iter().find(|table| self.is_visible(table) && is_named(table, name)).into_iter().collect()
            }
            None => {
                let usual = |table: &&Table| model.usual_names().contains(&table.name.to_ascii_lowercase().as_str());
                let candidates =
                    self.tables.iter().filter(usual).filter(|table| self.is_visible(table) && wanted(table));
                candidates.collect()
            }
        };
        let fits = |table: &&Table| model.needed().iter().all(|field| self.column(table, model, field).is_some());
        let fitting: Vec<&Table> = candidates.into_iter().filter(fits).collect();
        match fitting.as_slice() {
            [] => Ok(None),
            [table] => Ok(Some(table)),
            [one, other, ..] => Err(format!(
                "both {} and {} may be Better Auth's table {model}: name it ({}_TABLE)",
                one.quoted(),
                other.quoted(),
                model.to_string().to_uppercase()
            )),
        }
    }

    /// Not hidden by a table of the same name in an earlier schema, unless its schema was named.
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
        let alike = |(column, _): &&(String, String)| plain(column) == plain(field);
        table.columns.iter().find(|(column, _)| column == field).or_else(|| table.columns.iter().find(alike))
    }

    fn missing(&self, model: Model) -> String {
        let fields = model.needed().join(", ");
        match self.names.table(model) {
            Some(_) => format!(
                "the database has no table of the name in {}_TABLE with columns for {fields} that this role may read",
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
        let name = |column: Option<&(String, String)>| quote(&column.expect("the table fits").0);
        let (user_id, token, id) = (of_session("userId"), of_session("token"), of_user("id"));
        // a text that refers to a uuid is compared as text, which PostgreSQL does not do by itself
        let is_one_type = user_id.map(|(_, kind)| kind) == id.map(|(_, kind)| kind) || session.schema.is_empty();
        let (user_id, token, id) = (name(user_id), name(token), name(id));
        let is_theirs = match is_one_type {
            true => format!("u.{id} = s.{user_id}"),
            false => format!("CAST(u.{id} AS text) = CAST(s.{user_id} AS text)"),
        };
        let banned =
            of_user("banned").map_or("FALSE".into(), |column| format!("coalesce(u.{}, FALSE)", name(Some(column))));
        let statement = format!(
            "SELECT CAST(s.{token} AS text), CAST(s.{user_id} AS text), {}, u.{id} IS NOT NULL, {banned}, {} FROM {} s LEFT JOIN {} u ON {is_theirs} \
             WHERE s.{token}",
            time("s.", of_session("expiresAt")),
            time("u.", of_user("banExpires")),
            session.quoted(),
            user.quoted()
        );
        let usual = |table: &Table, model: Model| {
            let is_usual = |field: &&str| self.column(table, model, field).is_some_and(|(column, _)| column == field);
            table.name == model.usual_names()[0] && model.needed().iter().all(is_usual)
        };
        let by_id = of_session("id")
            .map(|column| format!("SELECT 'there' AS text FROM {} WHERE {} = ", session.quoted(), text(Some(column))));
        let (end, kind) = of_session("expiresAt").expect("the table fits");
        SessionTables {
            statement,
            by_id,
            end: [quote(end), kind.clone(), session.quoted()],
            names: [session.quoted(), user.quoted()],
            is_usual: usual(session, Model::Session) && usual(user, Model::User),
        }
    }
}

fn is_named(table: &Table, name: &TableName) -> bool {
    table.name == name.table && name.schema.as_ref().is_none_or(|schema| *schema == table.schema)
}

/// What two names have in common that were formed alike: `Session` and `User`, `sessions` and `users`.
fn form(name: &str) -> (bool, bool) {
    (name.starts_with(char::is_uppercase), name.ends_with(['s', 'S']))
}

/// A column's time as text.
fn time(prefix: &str, column: Option<&(String, String)>) -> String {
    column.map_or("NULL".into(), |(name, kind)| as_text(&format!("{prefix}{}", quote(name)), kind))
}

fn text(column: Option<&(String, String)>) -> String {
    format!("CAST({} AS text)", quote(&column.expect("the table fits").0))
}
