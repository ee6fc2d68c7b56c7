//! How Better Auth's tables and columns are named, as far as that was configured.

use std::fmt;
use std::str::FromStr;

use chrono_tz::Tz;

/// A table of Better Auth that is read here, by the name of its model.
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
    /// The fields that are read, by Better Auth's names for them; the first of each model must be there, and more where
    /// [`Model::needed`] says so.
    pub(crate) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Session => &["token", "userId", "expiresAt"],
            Self::User => &["id", "banned", "banExpires"],
            Self::Jwks => &["id", "publicKey", "alg", "expiresAt"],
        }
    }

    /// The fields without which a table is not this one.
    pub(crate) fn needed(self) -> &'static [&'static str] {
        match self {
            Self::Session => self.fields(),
            Self::User => &self.fields()[..1],
            Self::Jwks => &self.fields()[..2],
        }
    }

    /// The names that adapters give the table unasked: as in Better Auth, and in the plural (`usePlural`), in small letters. Prisma's
    /// begin with a capital one.
    pub(crate) fn usual_names(self) -> [&'static str; 2] {
        match self {
            Self::Session => ["session", "sessions"],
            Self::User => ["user", "users"],
            Self::Jwks => ["jwks", "jwkss"],
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Session, Self::User, Self::Jwks].into_iter().find(|model| model.usual_names()[0] == name)
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.usual_names()[0])
    }
}

/// The name of a table: `name`, or `schema.name`, each as it stands in the database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableName {
    /// PostgreSQL's schema, where it was named.
    pub schema: Option<String>,
    /// The table.
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
            return Err("must be the name of a table, or schema.table");
        }
        Ok(Self { schema: schema.map(str::to_owned), table: table.to_owned() })
    }
}

/// The name of one column: `model.field=column`, such as `session.token=session_token`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnName {
    /// The table it is in.
    pub model: Model,
    /// Better Auth's name for it.
    pub field: &'static str,
    /// Its name in the database.
    pub column: String,
}

impl FromStr for ColumnName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be model.field=column, such as session.token=session_token; what is read is session.token, \
                            session.userId, session.expiresAt, user.id, user.banned, user.banExpires, jwks.id, jwks.publicKey, \
                            jwks.alg and jwks.expiresAt";
        let (name, column) = text.split_once('=').ok_or(FORM)?;
        let (model, field) = name.trim().split_once('.').ok_or(FORM)?;
        let model = Model::named(model).ok_or(FORM)?;
        let field = model.fields().iter().find(|known| **known == field).ok_or(FORM)?;
        let column = column.trim();
        if column.is_empty() || column.contains('\0') {
            return Err(FORM);
        }
        Ok(Self { model, field, column: column.to_owned() })
    }
}

/// What was configured of Better Auth's tables. What was not is found out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BetterAuthNames {
    /// `SESSION_TABLE`
    pub session: Option<TableName>,
    /// `USER_TABLE`
    pub user: Option<TableName>,
    /// `JWKS_TABLE`
    pub jwks: Option<TableName>,
    /// `BETTER_AUTH_COLUMNS`
    pub columns: Vec<ColumnName>,
    /// `SESSION_TIMEZONE`: where the clock hung that times without a zone were read from.
    pub time_zone: Tz,
}

impl BetterAuthNames {
    pub(crate) fn table(&self, model: Model) -> Option<&TableName> {
        match model {
            Model::Session => self.session.as_ref(),
            Model::User => self.user.as_ref(),
            Model::Jwks => self.jwks.as_ref(),
        }
    }

    pub(crate) fn column(&self, model: Model, field: &str) -> Option<&str> {
        let found = self.columns.iter().find(|name| name.model == model && name.field == field);
        found.map(|name| name.column.as_str())
    }
}

/// A name without what adapters write differently.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tables_may_have_a_schema() {
        let name =
            |schema: Option<&str>, table: &str| TableName { schema: schema.map(str::to_owned), table: table.into() };
        assert_eq!("app_sessions".parse(), Ok(name(None, "app_sessions")));
        assert_eq!("auth.Session".parse(), Ok(name(Some("auth"), "Session")));
        assert_eq!(r#"a"; DROP TABLE x; --"#.parse(), Ok(name(None, r#"a"; DROP TABLE x; --"#)));
        for wrong in ["", ".", "auth.", ".session", "a.b.c", "a\0"] {
            assert!(wrong.parse::<TableName>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_columns_that_are_read_can_be_named() {
        let read = "session.userId = user_id".parse::<ColumnName>();
        assert_eq!(read, Ok(ColumnName { model: Model::Session, field: "userId", column: "user_id".into() }));
        for wrong in ["token=x", "session.token", "session.token=", "session.id=x", "account.id=x", "Session.token=x"] {
            assert!(wrong.parse::<ColumnName>().is_err(), "{wrong}");
        }
    }
}
