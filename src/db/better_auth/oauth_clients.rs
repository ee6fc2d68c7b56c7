//! Finds the tables of an OAuth provider's clients, for `doctor`: ID tokens for these clients are signed with the same key set.
//!
//! Better Auth's tables are `oauthApplication` (`oidc-provider` and `mcp`, 1.2 to 1.6) and `oauthClient` (`@better-auth/oauth-provider`,
//! from 1.5). Adapters write names in any case, with underscores, or in the plural. A table under another name is found by its columns.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::better_auth::information_schema::{ColumnRow, Table, grouped};
use crate::db::better_auth::names::{BetterAuthNames, Model, plain};
use crate::db::connection::AnyConnection;
use crate::db::database::Db;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;

/// The usual names and the columns, in lower case and without underscores.
const USUAL_NAMES: [&str; 4] = ["oauthclient", "oauthclients", "oauthapplication", "oauthapplications"];
const CLIENT_ID: &str = "clientid";
const REDIRECTS: [&str; 2] = ["redirecturis", "redirecturls"];

impl Db {
    /// Returns the quoted names of the tables that hold an OAuth provider's clients.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn oauth_client_tables(&self) -> Result<Vec<String>, DbError> {
        let finder = self.better_auth.clone();
        self.reading.run(Flow::service(), move |connection| find(connection, &finder.names)).await
    }
}

/// Reads names and columns of all tables where Better Auth's may be. PostgreSQL's own catalogue shows also those that this role may not
/// read, which `information_schema` leaves out.
fn find(connection: &mut AnyConnection, names: &BetterAuthNames) -> Result<Vec<String>, DbError> {
    let statement = match connection {
        AnyConnection::Postgres(_) => {
            "SELECT n.nspname::text AS table_schema, c.relname::text AS table_name, a.attname::text AS column_name, '' AS kind \
             FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped \
             AND (n.nspname = ANY (current_schemas(false)) OR n.nspname::text IN ($1, $2, $3)) \
             ORDER BY n.nspname, c.relname, a.attnum"
        }
        // the schemas are bound all the same, so that there is one way to bind
        AnyConnection::Sqlite(_) => {
            "SELECT '' AS table_schema, t.name AS table_name, c.name AS column_name, '' AS kind \
             FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type IN ('table', 'view') \
             AND $1 || $2 || $3 IS NOT NULL ORDER BY t.name, c.cid"
        }
    };
    let schema = |model| names.table(model).and_then(|name| name.schema.clone()).unwrap_or_default();
    let rows = diesel::sql_query(statement)
        .bind::<Text, _>(schema(Model::Session))
        .bind::<Text, _>(schema(Model::User))
        .bind::<Text, _>(schema(Model::Jwks))
        .load::<ColumnRow>(connection)?;
    Ok(grouped(rows).iter().filter(|table| is_of_clients(table)).map(Table::quoted).collect())
}

fn is_of_clients(table: &Table) -> bool {
    let has = |name: &str| table.columns.iter().any(|(column, _)| plain(column) == name);
    USUAL_NAMES.contains(&plain(&table.name).as_str()) || has(CLIENT_ID) && REDIRECTS.into_iter().any(has)
}
