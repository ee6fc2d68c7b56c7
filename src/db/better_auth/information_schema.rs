//! Reads candidates of Better Auth's tables from the database's catalogue.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::better_auth::names::{BetterAuthNames, Model, TableName};
use crate::db::connection::AnyConnection;
use crate::db::error::DbError;

/// A column with its table.
#[derive(QueryableByName)]
pub(super) struct ColumnRow {
    #[diesel(sql_type = Text)]
    table_schema: String,
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// A table or view that may be one of Better Auth's.
pub(crate) struct Table {
    /// Empty on SQLite.
    pub schema: String,
    pub name: String,
    /// Names and, on PostgreSQL, types.
    pub columns: Vec<(String, String)>,
}

/// Finds tables with default or configured names, in search-path order.
pub(crate) fn find_tables(connection: &mut AnyConnection, names: &BetterAuthNames) -> Result<Vec<Table>, DbError> {
    const DEFAULT_NAMES: &str = "'session', 'sessions', 'user', 'users', 'jwks', 'jwkss'";
    let statement = match connection {
        AnyConnection::Postgres(_) => format!(
            "SELECT table_schema::text, table_name::text, column_name::text, data_type::text AS kind \
             FROM information_schema.columns WHERE (lower(table_name) IN ({DEFAULT_NAMES}) OR table_name::text IN ($1, $2, $3)) \
             AND (table_schema = ANY (current_schemas(false)) OR table_schema::text IN ($4, $5, $6)) \
             ORDER BY array_position(current_schemas(false), table_schema::name), table_name, ordinal_position"
        ),
        // SQLite's column types do not determine value types. The statement uses the schemas because both statements have the same
        // bind parameters.
        AnyConnection::Sqlite(_) => format!(
            "SELECT '' AS table_schema, t.name AS table_name, c.name AS column_name, '' AS kind \
             FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type IN ('table', 'view') \
             AND (lower(t.name) IN ({DEFAULT_NAMES}) OR t.name IN ($1, $2, $3)) AND $4 || $5 || $6 IS NOT NULL ORDER BY t.name, c.cid"
        ),
    };
    let names = [Model::Session, Model::User, Model::Jwks].map(|model| names.table(model));
    let table = |name: Option<&TableName>| name.map_or(String::new(), |name| name.table.clone());
    let schema = |name: Option<&TableName>| name.and_then(|name| name.schema.clone()).unwrap_or_default();
    let rows = diesel::sql_query(statement)
        .bind::<Text, _>(table(names[0]))
        .bind::<Text, _>(table(names[1]))
        .bind::<Text, _>(table(names[2]))
        .bind::<Text, _>(schema(names[0]))
        .bind::<Text, _>(schema(names[1]))
        .bind::<Text, _>(schema(names[2]))
        .load::<ColumnRow>(connection)?;
    Ok(group_by_table(rows))
}

/// Groups columns by table. Rows of a table must be adjacent.
pub(super) fn group_by_table(rows: Vec<ColumnRow>) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for ColumnRow { table_schema, table_name, column_name, kind } in rows {
        match tables.last_mut().filter(|table| table.schema == table_schema && table.name == table_name) {
            Some(table) => table.columns.push((column_name, kind)),
            None => {
                tables.push(Table { schema: table_schema, name: table_name, columns: vec![(column_name, kind)] });
            }
        }
    }
    tables
}

impl Table {
    /// Returns the quoted name for a statement.
    pub(crate) fn quoted_name(&self) -> String {
        quote_qualified(&self.schema, &self.name)
    }
}

/// Returns the quoted name of a table. `schema` is empty on SQLite.
pub(crate) fn quote_qualified(schema: &str, name: &str) -> String {
    match schema {
        "" => quote(name),
        schema => format!("{}.{}", quote(schema), quote(name)),
    }
}

/// Returns a delimited identifier (SQL-92 section 5.2). Names may come from settings.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
