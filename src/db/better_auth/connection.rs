//! Runs the guard's queries on the connection of either database.

use better_auth_guard::diesel::{Dialect, SessionQuery, SessionRow, TableConnection, TextRow};
use diesel::QueryResult;

use crate::db::connection::{AnyConnection, match_backend};

impl TableConnection for AnyConnection {
    fn dialect(&self) -> Dialect {
        match_backend!(self, connection => connection.dialect())
    }

    fn query(&mut self, sql: &str, parameters: &[&str]) -> QueryResult<Vec<TextRow>> {
        match_backend!(self, connection => connection.query(sql, parameters))
    }

    fn sessions(&mut self, query: SessionQuery<'_>) -> QueryResult<Vec<SessionRow>> {
        match_backend!(self, connection => connection.sessions(query))
    }
}
