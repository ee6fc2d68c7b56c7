//! The nodes of the given Citus (`CITUS_DATABASE_URL`).

use std::process::Command;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Integer, Text};

/// A node that stores rows.
#[derive(QueryableByName, Clone, PartialEq, Eq, Debug)]
pub struct Node {
    #[diesel(sql_type = Text)]
    pub host: String,
    #[diesel(sql_type = Integer)]
    pub port: i32,
}

impl Node {
    /// Returns the URL of the same database and role on this node.
    pub fn url(&self, coordinator: &str) -> String {
        let (role, rest) = coordinator.split_once('@').expect("the URL has a role");
        let (_, database) = rest.split_once('/').expect("the URL has a database");
        format!("{role}@{}:{}/{database}", self.host, self.port)
    }

    /// Runs the command in `CITUS_NODE_COMMAND` with this action, `kill` or `start`, and `host:port`. Waits for its end.
    pub fn control(&self, action: &str) {
        let command = std::env::var("CITUS_NODE_COMMAND").expect("CITUS_NODE_COMMAND kills and starts nodes");
        let address = format!("{}:{}", self.host, self.port);
        let status = Command::new("sh").args(["-c", &format!("{command} {action} {address}")]).status();
        assert!(status.expect("sh starts").success(), "{command} {action} {address}");
    }
}

/// Returns the nodes that store rows.
pub fn nodes(url: &str) -> Vec<Node> {
    let mut connection = PgConnection::establish(url).expect("the coordinator responds");
    let nodes =
        "SELECT nodename AS host, nodeport AS port FROM pg_dist_node WHERE isactive AND shouldhaveshards ORDER BY 1, 2";
    sql_query(nodes).load(&mut connection).expect("the role may read the nodes")
}

/// Returns the node that stores the rows of this user.
pub fn node_of(url: &str, user: &str) -> Node {
    let mut connection = PgConnection::establish(url).expect("the coordinator responds");
    let node = "SELECT nodename AS host, nodeport AS port FROM pg_dist_placement JOIN pg_dist_node USING (groupid) \
                WHERE shardid = get_shard_id_for_distribution_column('tasks', $1)";
    sql_query(node).bind::<Text, _>(user).get_result(&mut connection).expect("the user has a node")
}
