//! Finds the tables of an OAuth provider's clients, for `doctor`. The same key set signs ID tokens for these clients.
//!
//! Better Auth's tables are `oauthApplication` (`oidc-provider` and `mcp`, 1.2 to 1.6) and `oauthClient`
//! (`@better-auth/oauth-provider`, from 1.5). Adapters write names in any case, with underscores, or in the plural. A table with
//! another name is found by its columns.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::better_auth::information_schema::{ColumnRow, Table, group_by_table};
use crate::db::better_auth::names::{BetterAuthNames, Model, normalize};
use crate::db::connection::AnyConnection;
use crate::db::database::Db;
use crate::db::error::DbError;
use crate::db::fair_queue::Flow;

/// The default names, normalized.
const DEFAULT_NAMES: [&str; 4] = ["oauthclient", "oauthclients", "oauthapplication", "oauthapplications"];
/// The columns of client tables, normalized.
const CLIENT_ID: &str = "clientid";
const REDIRECTS: [&str; 2] = ["redirecturis", "redirecturls"];

impl Db {
    /// Returns the quoted names of an OAuth provider's client tables.
    ///
    /// # Errors
    /// The query failed.
    pub async fn oauth_client_tables(&self) -> Result<Vec<String>, DbError> {
        let detector = self.better_auth.clone();
        self.read_pool.run(Flow::service(), move |connection| find_client_tables(connection, &detector.names)).await
    }
}

/// Finds client tables in the search path and the configured schemas.
///
/// `pg_catalog` also lists tables that this role may not read; `information_schema` does not.
fn find_client_tables(connection: &mut AnyConnection, names: &BetterAuthNames) -> Result<Vec<String>, DbError> {
    let statement = match connection {
        AnyConnection::Postgres(_) => {
            "SELECT n.nspname::text AS table_schema, c.relname::text AS table_name, a.attname::text AS column_name, '' AS kind \
             FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped \
             AND (n.nspname = ANY (current_schemas(false)) OR n.nspname::text IN ($1, $2, $3)) \
             ORDER BY n.nspname, c.relname, a.attnum"
        }
        // uses the schemas because both statements have the same bind parameters
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
    Ok(group_by_table(rows).iter().filter(|table| is_client_table(table)).map(Table::quoted_name).collect())
}

fn is_client_table(table: &Table) -> bool {
    let has = |name: &str| table.columns.iter().any(|(column, _)| normalize(column) == name);
    DEFAULT_NAMES.contains(&normalize(&table.name).as_str()) || has(CLIENT_ID) && REDIRECTS.into_iter().any(has)
}
