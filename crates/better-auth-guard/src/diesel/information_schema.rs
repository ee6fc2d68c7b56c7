//! Reads candidates of Better Auth's tables from the database's catalogue.

use diesel::QueryResult;

use crate::diesel::connection::{Dialect, TableConnection, TextRow};
use crate::diesel::names::{BetterAuthNames, Model};

/// A table or view that may be one of Better Auth's.
pub(super) struct Table {
    /// Empty on SQLite.
    pub(super) schema: String,
    pub(super) name: String,
    /// Names and, on PostgreSQL, types.
    pub(super) columns: Vec<(String, String)>,
}

/// Finds tables with default or configured names, in search-path order.
pub(super) fn find_tables(connection: &mut impl TableConnection, names: &BetterAuthNames) -> QueryResult<Vec<Table>> {
    const DEFAULT_NAMES: &str = "'session', 'sessions', 'user', 'users', 'jwks', 'jwkss'";
    let statement = match connection.dialect() {
        Dialect::Postgres => format!(
            "SELECT table_schema::text, table_name::text, column_name::text, data_type::text AS kind \
             FROM information_schema.columns WHERE (lower(table_name) IN ({DEFAULT_NAMES}) OR table_name::text IN ($1, $2, $3)) \
             AND (table_schema = ANY (current_schemas(false)) OR table_schema::text IN ($4, $5, $6)) \
             ORDER BY array_position(current_schemas(false), table_schema::name), table_name, ordinal_position"
        ),
        // SQLite's column types do not determine value types. The statement uses the schemas because both statements have the same
        // bind parameters.
        Dialect::Sqlite => format!(
            "SELECT '' AS table_schema, t.name AS table_name, c.name AS column_name, '' AS kind \
             FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type IN ('table', 'view') \
             AND (lower(t.name) IN ({DEFAULT_NAMES}) OR t.name IN ($1, $2, $3)) AND $4 || $5 || $6 IS NOT NULL ORDER BY t.name, c.cid"
        ),
    };
    let names = [Model::Session, Model::User, Model::Jwks].map(|model| names.table(model));
    let tables = names.map(|name| name.map_or("", |name| name.table.as_str()));
    let schemas = names.map(|name| name.and_then(|name| name.schema.as_deref()).unwrap_or_default());
    let parameters = [tables, schemas].concat();
    Ok(group_by_table(connection.query(&statement, &parameters)?))
}

/// Groups columns by table. Rows of a table must be adjacent.
fn group_by_table(rows: Vec<TextRow>) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for row in rows {
        let mut fields = row.into_iter().map(Option::unwrap_or_default);
        let [schema, name, column, kind] = std::array::from_fn(|_| fields.next().unwrap_or_default());
        match tables.last_mut().filter(|table| table.schema == schema && table.name == name) {
            Some(table) => table.columns.push((column, kind)),
            None => tables.push(Table { schema, name, columns: vec![(column, kind)] }),
        }
    }
    tables
}

impl Table {
    /// Returns the quoted name for a statement.
    pub(super) fn quoted_name(&self) -> String {
        match self.schema.as_str() {
            "" => quote(&self.name),
            schema => format!("{}.{}", quote(schema), quote(&self.name)),
        }
    }
}

/// Returns a delimited identifier (SQL-92 section 5.2). Names may be configured.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
