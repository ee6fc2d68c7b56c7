//! Finds the tables of an OAuth provider's clients, for `doctor`. The same key set signs ID tokens for these clients.
//!
//! Better Auth's tables are `oauthApplication` (`oidc-provider` and `mcp`, 1.2 to 1.6) and `oauthClient`
//! (`@better-auth/oauth-provider`, from 1.5). Adapters write names in any case, with underscores, or in the plural. A table with
//! another name is found by its columns.

use better_auth_guard::diesel::{BetterAuthNames, Dialect, TableConnection, TextRow};

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
        self.read_pool
            .run(Flow::service(), move |pooled| find_client_tables(&mut pooled.connection, detector.names()))
            .await
    }
}

/// Finds client tables in the search path and the configured schemas.
///
/// `pg_catalog` also lists tables that this role may not read; `information_schema` does not.
fn find_client_tables(connection: &mut AnyConnection, names: &BetterAuthNames) -> Result<Vec<String>, DbError> {
    let statement = match connection.dialect() {
        Dialect::Postgres => {
            r#"SELECT '"' || replace(n.nspname::text, '"', '""') || '"."' || replace(c.relname::text, '"', '""') || '"',
                   c.relname::text, a.attname::text
               FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
               AND (n.nspname = ANY (current_schemas(false)) OR n.nspname::text IN ($1, $2, $3))
               ORDER BY n.nspname, c.relname, a.attnum"#
        }
        // uses the schemas because both statements have the same bind parameters
        Dialect::Sqlite => {
            r#"SELECT '"' || replace(t.name, '"', '""') || '"', t.name, c.name
               FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type IN ('table', 'view')
               AND $1 || $2 || $3 IS NOT NULL ORDER BY t.name, c.cid"#
        }
    };
    let schemas = [&names.session, &names.user, &names.jwks]
        .map(|name| name.as_ref().and_then(|name| name.schema.as_deref()).unwrap_or_default());
    let columns: Vec<Column> = connection.query(statement, &schemas)?.into_iter().map(Column::from_row).collect();
    let tables = columns.chunk_by(|column, next| column.quoted_table == next.quoted_table);
    Ok(tables.filter(|columns| is_client_table(columns)).map(|columns| columns[0].quoted_table.clone()).collect())
}

/// A column with its table.
struct Column {
    quoted_table: String,
    table: String,
    name: String,
}

impl Column {
    /// Normalizes the names of table and column.
    fn from_row(row: TextRow) -> Self {
        let mut fields = row.into_iter().map(Option::unwrap_or_default);
        let [quoted_table, table, name] = std::array::from_fn(|_| fields.next().unwrap_or_default());
        Self { quoted_table, table: normalize(&table), name: normalize(&name) }
    }
}

/// Returns whether these columns are those of a client table.
fn is_client_table(columns: &[Column]) -> bool {
    let has = |name: &str| columns.iter().any(|column| column.name == name);
    let has_default_name = columns.iter().any(|column| DEFAULT_NAMES.contains(&column.table.as_str()));
    has_default_name || has(CLIENT_ID) && REDIRECTS.into_iter().any(has)
}

/// Normalizes a name: lower case without underscores, which differ between adapters.
fn normalize(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}
