//! Citus: PostgreSQL with the rows of each user on one of several nodes.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Text};

use crate::db::connection::AnyConnection;
use crate::db::error::DbError;
use crate::db::user_naming::has_citus;

/// The state of Citus in a database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CitusState {
    /// The version of the extension.
    pub version: String,
    /// The number of nodes that store rows.
    pub nodes: i64,
    /// The nodes that do not respond, as `host:port`.
    pub unreachable: Vec<String>,
    /// The tables of the service that are not distributed by owner together with the tasks.
    pub not_distributed: Vec<String>,
}

impl CitusState {
    /// Returns `ok`, or the nodes that do not respond.
    pub(crate) fn reachability(&self) -> String {
        match self.unreachable.as_slice() {
            [] => "ok".into(),
            nodes => format!("unreachable: {}", nodes.join(", ")),
        }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The tables with rows of users.
pub(super) const TABLES: [&str; 4] = ["tasks", "user_state", "tombstones", "idempotent_answers"];

/// Limits the time that Citus waits for a connection to a node.
pub(super) const NODE_TIMEOUT: &str = "SET LOCAL citus.node_connection_timeout = '1s'";

/// Selects the tables that are distributed by owner, with a user's rows of all tables on one node.
const DISTRIBUTED: &str = "\
    SELECT name AS line FROM unnest($1) AS name \
    JOIN pg_dist_partition AS part ON part.logicalrelid = to_regclass(name) \
    JOIN pg_dist_partition AS tasks ON tasks.logicalrelid = to_regclass('tasks') AND tasks.colocationid = part.colocationid \
    WHERE part.partmethod = 'h' AND column_to_column_name(part.logicalrelid, part.partkey) = 'user_id'";

/// Reads the state of Citus. `None`: the database does not have it.
pub(super) fn state(connection: &mut AnyConnection) -> Result<Option<CitusState>, DbError> {
    let AnyConnection::Postgres(connection) = connection else { return Ok(None) };
    if !has_citus(connection)? {
        return Ok(None);
    }
    let not_distributed = not_distributed(connection)?.into_iter().map(str::to_owned).collect();
    connection.transaction(|connection| {
        #[derive(QueryableByName)]
        struct Installed {
            #[diesel(sql_type = Text)]
            version: String,
            #[diesel(sql_type = BigInt)]
            nodes: i64,
        }
        connection.batch_execute(NODE_TIMEOUT)?;
        let installed = sql_query(
            "SELECT extversion AS version, (SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards) AS nodes \
             FROM pg_extension WHERE extname = 'citus'",
        );
        let Installed { version, nodes } = installed.get_result(connection)?;
        let unreachable: Vec<Line> = sql_query(
            "SELECT nodename || ':' || nodeport AS line FROM run_command_on_all_nodes('SELECT 1', true, true) AS answer \
             JOIN pg_dist_node USING (nodeid) WHERE NOT success ORDER BY 1",
        )
        .load(connection)?;
        let unreachable = unreachable.into_iter().map(|node| node.line).collect();
        Ok(Some(CitusState { version, nodes, unreachable, not_distributed }))
    })
}

/// Returns whether the tasks are distributed.
pub(super) fn is_distributed(connection: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Distributed {
        #[diesel(sql_type = Bool)]
        is_distributed: bool,
    }
    if !has_citus(connection)? {
        return Ok(false);
    }
    let query =
        "SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass('tasks')) AS is_distributed";
    Ok(sql_query(query).get_result::<Distributed>(connection)?.is_distributed)
}

fn not_distributed(connection: &mut PgConnection) -> QueryResult<Vec<&'static str>> {
    let found: Vec<Line> = sql_query(DISTRIBUTED).bind::<Array<Text>, _>(TABLES.as_slice()).load(connection)?;
    Ok(TABLES.into_iter().filter(|table| !found.iter().any(|found| found.line == *table)).collect())
}

/// Distributes the tables that are not distributed yet. Call it in a transaction.
pub(super) fn distribute(connection: &mut PgConnection) -> QueryResult<Vec<&'static str>> {
    let tables = not_distributed(connection)?;
    // copying the rows has no time limit
    connection.batch_execute("SET LOCAL statement_timeout = 0")?;
    if tables.contains(&"tasks") {
        // for instances of the previous version, which do not serve on Citus; Citus supports no triggers
        connection.batch_execute(
            "DROP TRIGGER IF EXISTS delete_without_seq ON tasks; DROP TRIGGER IF EXISTS update_without_seq ON tasks; \
             DROP TRIGGER IF EXISTS insert_without_seq ON tasks",
        )?;
    }
    for table in &tables {
        let colocation = if *table == "tasks" { "none" } else { "tasks" };
        // Citus does not copy rows of a table with active policies, not even for its owner
        connection.batch_execute(&format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))?;
        connection.batch_execute(&format!(
            "SELECT create_distributed_table('{table}', 'user_id', colocate_with := '{colocation}')"
        ))?;
        connection.batch_execute(&format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))?;
        connection.batch_execute(&format!("SELECT truncate_local_data_after_distributing_table('{table}')"))?;
    }
    Ok(tables)
}
