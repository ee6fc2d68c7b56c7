//! Tests of SQL statements, the schema, row-level security and isolation of users.

mod bloated_indexes;
mod citus;
mod derived_texts;
mod group_commit;
mod managed_role;
pub mod migrations;
pub mod model;
mod optimistic_groups;
pub mod pooler;
pub mod postgres_language;
pub mod prepared_statements;
pub mod query_plans;
pub mod row_security;
pub mod task_queries;
mod tls;
pub mod upgrades;
mod user_in_transaction;
pub mod user_isolation;
pub mod user_isolation_references;
mod waiting_writes;
