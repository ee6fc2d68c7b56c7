//! The detected tables, and why they are unavailable.

use std::fmt;

use diesel::QueryResult;

use crate::diesel::connection::TableConnection;
use crate::diesel::names::Model;
use crate::diesel::session_query::SessionQuery;

/// The detected tables of Better Auth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BetterAuthTables {
    /// The tables of sessions and users, or why session tokens cannot be verified.
    pub sessions: Result<SessionTables, TablesError>,
    /// The table of keys, or `None` if it is missing.
    pub keys: Result<Option<KeyTable>, TablesError>,
}

/// Why the database has no table that matches a model of Better Auth.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TablesError {
    /// Several tables match, and no name is configured.
    #[error("both {first} and {second} match Better Auth's table {model}: configure its name")]
    Ambiguous {
        /// The model.
        model: Model,
        /// The quoted name of a table.
        first: String,
        /// The quoted name of another table.
        second: String,
    },
    /// No table has the name and the required columns, or the database's role may not read it.
    #[error(
        "the database has no table {}{model}{} with columns for {} that this role may read",
        if *.is_configured { "with the configured name of Better Auth's table " } else { "" },
        if *.is_configured { "" } else { " of Better Auth" },
        .model.required_fields().join(", ")
    )]
    Missing {
        /// The model.
        model: Model,
        /// Whether the table's name is configured.
        is_configured: bool,
    },
}

/// The tables of sessions and users. `Display` writes their quoted names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionTables {
    /// The `SELECT` of sessions with users and bans. The caller appends the condition on the token.
    pub(super) statement: String,
    /// The quoted names of both tables.
    pub(super) names: [String; 2],
    /// The `SELECT` of a session by id. The caller appends the id. `None` without an id column.
    pub(super) find_id: Option<String>,
    pub(super) expiry_column: ExpiryColumn,
    pub(super) has_default_names: bool,
}

impl SessionTables {
    /// Returns the statement that looks up the sessions of these tokens.
    ///
    /// PostgreSQL rejects tokens with NUL. The database may treat different tokens as equal: compare [`SessionRow::token`] exactly.
    ///
    /// [`SessionRow::token`]: crate::diesel::SessionRow::token
    pub fn query<'a>(&'a self, tokens: Vec<&'a str>) -> SessionQuery<'a> {
        SessionQuery { statement: &self.statement, tokens }
    }

    /// Returns whether a session has this id. Returns `false` if the table has no id column.
    ///
    /// # Errors
    /// The query failed. PostgreSQL rejects an id with NUL.
    pub fn has_id(&self, connection: &mut impl TableConnection, id: &str) -> QueryResult<bool> {
        let Some(statement) = &self.find_id else { return Ok(false) };
        Ok(!connection.query(&format!("{statement}$1"), &[id])?.is_empty())
    }

    /// Returns the column `expiresAt`.
    pub fn expiry_column(&self) -> &ExpiryColumn {
        &self.expiry_column
    }

    /// Returns whether tables and columns have the names of Better Auth's migrations.
    pub fn has_default_names(&self) -> bool {
        self.has_default_names
    }
}

impl fmt::Display for SessionTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the tables {} and {}", self.names[0], self.names[1])
    }
}

/// The column `expiresAt` of the session table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpiryColumn {
    /// The quoted name.
    pub name: String,
    /// The column's type, such as `timestamp with time zone`. Empty on SQLite, whose values have types.
    pub kind: String,
    /// The quoted name of the table.
    pub table: String,
}

/// The table of keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyTable {
    /// The `SELECT` of all keys.
    pub(super) statement: String,
    /// The `SELECT` of all private keys, newest first. `None` without the column.
    pub(super) private_statement: Option<String>,
}
