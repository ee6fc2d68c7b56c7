//! Names of Better Auth's tables and columns.

use std::fmt;
use std::str::FromStr;

use chrono_tz::Tz;

/// A Better Auth model whose table is read. `Display` writes Better Auth's name, such as `session`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Model {
    /// `session`
    Session,
    /// `user`
    User,
    /// `jwks`
    Jwks,
}

impl Model {
    /// Returns the fields that are read, by Better Auth's names. [`Model::required_fields`] must exist.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Session => &["token", "userId", "expiresAt"],
            Self::User => &["id", "banned", "banExpires"],
            Self::Jwks => &["id", "publicKey", "alg", "expiresAt", "privateKey"],
        }
    }

    /// Returns the fields that a table of this model must have.
    pub fn required_fields(self) -> &'static [&'static str] {
        match self {
            Self::Session => self.fields(),
            Self::User => &self.fields()[..1],
            Self::Jwks => &self.fields()[..2],
        }
    }

    /// Returns the default table names: Better Auth's name and its plural (`usePlural`), in lower case.
    ///
    /// Prisma's names start with a capital letter.
    pub(super) fn default_names(self) -> [&'static str; 2] {
        match self {
            Self::Session => ["session", "sessions"],
            Self::User => ["user", "users"],
            Self::Jwks => ["jwks", "jwkss"],
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Session, Self::User, Self::Jwks].into_iter().find(|model| model.default_names()[0] == name)
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.default_names()[0])
    }
}

/// The name of a table with the database's case. Parses `name` and `schema.name`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableName {
    /// The PostgreSQL schema, or `None` for the search path. Must be `None` on SQLite.
    pub schema: Option<String>,
    /// The table's name.
    pub table: String,
}

impl FromStr for TableName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (schema, table) = match text.split_once('.') {
            Some((schema, table)) => (Some(schema), table),
            None => (None, text),
        };
        if table.is_empty() || table.contains('.') || schema == Some("") || text.contains('\0') {
            return Err("must be a table name or schema.table");
        }
        Ok(Self { schema: schema.map(str::to_owned), table: table.to_owned() })
    }
}

/// The name of a column. Parses `model.field=column`, such as `session.token=session_token`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnName {
    /// The column's model.
    pub model: Model,
    /// Better Auth's name of the field.
    pub field: &'static str,
    /// The column's name in the database.
    pub column: String,
}

impl FromStr for ColumnName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "must be model.field=column, such as session.token=session_token; accepted fields are session.token, \
                            session.userId, session.expiresAt, user.id, user.banned, user.banExpires, jwks.id, jwks.publicKey, \
                            jwks.alg, jwks.expiresAt and jwks.privateKey";
        let (name, column) = text.split_once('=').ok_or(EXPECTED)?;
        let (model, field) = name.trim().split_once('.').ok_or(EXPECTED)?;
        let model = Model::from_name(model).ok_or(EXPECTED)?;
        let field = model.fields().iter().find(|name| **name == field).ok_or(EXPECTED)?;
        let column = column.trim();
        if column.is_empty() || column.contains('\0') {
            return Err(EXPECTED);
        }
        Ok(Self { model, field, column: column.to_owned() })
    }
}

/// The configured names of Better Auth's tables and columns. Names that are not configured are detected.
///
/// ```
/// use better_auth_guard::diesel::BetterAuthNames;
///
/// # fn main() -> Result<(), &'static str> {
/// let names = BetterAuthNames {
///     session: Some("auth.sessions".parse()?),
///     columns: vec!["session.token=session_token".parse()?],
///     ..BetterAuthNames::default()
/// };
/// # let _ = names;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BetterAuthNames {
    /// The table of sessions.
    pub session: Option<TableName>,
    /// The table of users.
    pub user: Option<TableName>,
    /// The table of keys.
    pub jwks: Option<TableName>,
    /// The names of columns.
    pub columns: Vec<ColumnName>,
    /// The time zone of timestamps without a zone. Default: UTC.
    pub time_zone: Tz,
}

impl BetterAuthNames {
    pub(super) fn table(&self, model: Model) -> Option<&TableName> {
        match model {
            Model::Session => self.session.as_ref(),
            Model::User => self.user.as_ref(),
            Model::Jwks => self.jwks.as_ref(),
        }
    }

    pub(super) fn column(&self, model: Model, field: &str) -> Option<&str> {
        let configured = self.columns.iter().find(|name| name.model == model && name.field == field);
        configured.map(|name| name.column.as_str())
    }
}

/// Normalizes a name: lower case without underscores, which differ between adapters.
pub(super) fn normalize(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_names_may_have_a_schema() {
        let name =
            |schema: Option<&str>, table: &str| TableName { schema: schema.map(str::to_owned), table: table.into() };
        assert_eq!("app_sessions".parse(), Ok(name(None, "app_sessions")));
        assert_eq!("auth.Session".parse(), Ok(name(Some("auth"), "Session")));
        assert_eq!(r#"a"; DROP TABLE x; --"#.parse(), Ok(name(None, r#"a"; DROP TABLE x; --"#)));
        for invalid in ["", ".", "auth.", ".session", "a.b.c", "a\0"] {
            assert!(invalid.parse::<TableName>().is_err(), "{invalid}");
        }
    }

    #[test]
    fn accepts_only_columns_that_are_read() {
        let parsed = "session.userId = user_id".parse::<ColumnName>();
        assert_eq!(parsed, Ok(ColumnName { model: Model::Session, field: "userId", column: "user_id".into() }));
        for invalid in ["token=x", "session.token", "session.token=", "session.id=x", "account.id=x", "Session.token=x"]
        {
            assert!(invalid.parse::<ColumnName>().is_err(), "{invalid}");
        }
    }
}
