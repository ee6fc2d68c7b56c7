//! The statement of a session look-up, and its rows.

use chrono_tz::Tz;
use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, Nullable, Text};

use crate::diesel::ambiguous_instant::{AmbiguousInstant, UnknownTimestamp};
use crate::session::SessionRecord;

/// A look-up of one or more sessions. It loads [`SessionRow`]s.
///
/// Unlike diesel's `sql_query`, it is prepared once per connection and length. Lengths are padded to powers of two.
pub struct SessionQuery<'a> {
    pub(super) statement: &'a str,
    pub(super) tokens: Vec<&'a str>,
}

impl QueryId for SessionQuery<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for SessionQuery<'_> {
    type SqlType = (Text, Text, Text, Bool, Bool, Nullable<Text>);
}

impl<DB: Backend> QueryFragment<DB> for SessionQuery<'_>
where
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.statement);
        let [first, others @ ..] = self.tokens.as_slice() else {
            out.push_sql(" IN (NULL)"); // matches no session
            return Ok(());
        };
        out.push_sql(" IN (");
        out.push_bind_param::<Text, _>(*first)?;
        // pads the list to a power of two with the first token: fewer statements to prepare
        let padding = self.tokens.len().next_power_of_two() - self.tokens.len();
        for token in others.iter().chain(std::iter::repeat_n(first, padding)) {
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(*token)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<C> RunQueryDsl<C> for SessionQuery<'_> {}

/// A session with its user, as stored.
#[derive(Queryable)]
pub struct SessionRow {
    token: String,
    user_id: String,
    expires_at: String,
    user_exists: bool,
    banned: bool,
    ban_expires: Option<String>,
}

impl SessionRow {
    /// Returns the session's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Converts the row into a record. `zone` is the time zone of timestamps without a zone.
    ///
    /// # Errors
    /// A timestamp has an unknown format.
    pub fn to_record(&self, zone: Tz) -> Result<SessionRecord, UnknownTimestamp> {
        let parse = |text: &String| AmbiguousInstant::parse(text, zone);
        Ok(SessionRecord {
            user_id: self.user_id.clone(),
            // of two possible instants, uses the earlier expiry and the later end of a ban
            expires_at: parse(&self.expires_at)?.earliest,
            user_exists: self.user_exists,
            banned: self.banned,
            ban_expires: self.ban_expires.as_ref().map(parse).transpose()?.map(|instant| instant.latest),
        })
    }
}
