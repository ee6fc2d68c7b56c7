#!/usr/bin/env bash
# Makes the service's database and the role that it connects as, on a PostgreSQL (14 or newer) whose superuser runs this.
#
# The image `postgres` runs it once, when its volume is empty. It may be run again at any time, to change a password or to add the
# second role:  docker compose exec postgres /docker-entrypoint-initdb.d/10-task-api.sh
#
#   TASK_API_DB_PASSWORD      password of the role task_api (required)
#   BETTER_AUTH_DB_PASSWORD   password of the role better_auth; without it that role is not made
#
# Which server, and as whom: POSTGRES_USER, or psql's own PGHOST, PGPORT, PGUSER, PGPASSWORD.

set -euo pipefail

: "${TASK_API_DB_PASSWORD:?is the password of the role task_api and must be set}"
export TASK_API_DB_PASSWORD BETTER_AUTH_DB_PASSWORD="${BETTER_AUTH_DB_PASSWORD:-}"
export PGUSER=${PGUSER:-${POSTGRES_USER:-postgres}}

# The passwords are read from the environment by psql: as arguments they would be in the list of processes.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\getenv task_api_password TASK_API_DB_PASSWORD
\getenv better_auth_password BETTER_AUTH_DB_PASSWORD
SELECT :'better_auth_password' <> '' AS with_better_auth \gset

SELECT 'CREATE ROLE task_api' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'task_api') \gexec
-- Row level security does not bind superusers and roles with BYPASSRLS, so the service must be neither.
ALTER ROLE task_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'task_api_password';

SELECT $$CREATE DATABASE task_api ENCODING 'UTF8' TEMPLATE template0$$
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'task_api') \gexec
-- What the service sets itself (STATEMENT_TIMEOUT) it cannot set behind a pooler that shares its connections.
ALTER ROLE task_api IN DATABASE task_api SET statement_timeout = '5s';
-- The service tells an outage from a fault by PostgreSQL's messages, which only a superuser may set to English.
ALTER ROLE task_api IN DATABASE task_api SET lc_messages = 'C';
REVOKE ALL ON DATABASE task_api FROM PUBLIC;
GRANT CONNECT ON DATABASE task_api TO task_api;

\connect task_api
-- The service makes and owns its own tables. It owns neither the database nor the schema, because the owner of a schema may drop
-- whatever is in it, also the tables of others.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO task_api;

\if :with_better_auth
-- For the front end: Better Auth migrates and writes its own tables, and the service reads them (sessions, users, keys).
-- It gets no other right to them: `task-api mint cookie`, which writes a session, is refused here.
SELECT 'CREATE ROLE better_auth' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'better_auth') \gexec
ALTER ROLE better_auth LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'better_auth_password';
GRANT CONNECT ON DATABASE task_api TO better_auth;
GRANT USAGE, CREATE ON SCHEMA public TO better_auth;
-- Rights are given for a schema's tables to come, not by their names. Once Better Auth has migrated, take back what is not needed:
--   REVOKE SELECT ON account, verification FROM task_api;
ALTER DEFAULT PRIVILEGES FOR ROLE better_auth IN SCHEMA public GRANT SELECT ON TABLES TO task_api;
\endif
SQL

echo "The database task_api is ready for the role task_api${BETTER_AUTH_DB_PASSWORD:+ and the role better_auth}."
