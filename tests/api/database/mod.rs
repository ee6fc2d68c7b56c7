//! Tests of the statements, the schema and row-level security.

pub mod migrations;
pub mod model;
pub mod pooler;
pub mod postgres_language;
pub mod prepared_statements;
pub mod query_plans;
pub mod row_security;
pub mod task_queries;
pub mod user_isolation;
