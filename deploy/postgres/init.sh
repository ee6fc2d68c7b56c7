#!/usr/bin/env bash
# Creates the service's database and role on PostgreSQL 14 or newer. Run it as a superuser.
#
# The image `postgres` runs it once, when its volume is empty. Run it again to change a password or to add the second role:
#   docker compose exec postgres /docker-entrypoint-initdb.d/10-task-api.sh
#
#   TASK_API_DB_PASSWORD      password of the role task_api (required)
#   BETTER_AUTH_DB_PASSWORD   password of the role better_auth (optional; without it the role is not created)
#
# Connection: POSTGRES_USER, or psql's variables PGHOST, PGPORT, PGUSER and PGPASSWORD.

set -euo pipefail

: "${TASK_API_DB_PASSWORD:?is the password of the role task_api and must be set}"
export TASK_API_DB_PASSWORD BETTER_AUTH_DB_PASSWORD="${BETTER_AUTH_DB_PASSWORD:-}"
export PGUSER=${PGUSER:-${POSTGRES_USER:-postgres}}

# psql reads the passwords from the environment: arguments are visible in the process list.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\getenv task_api_password TASK_API_DB_PASSWORD
\getenv better_auth_password BETTER_AUTH_DB_PASSWORD
SELECT :'better_auth_password' <> '' AS with_better_auth \gset

SELECT 'CREATE ROLE task_api' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'task_api') \gexec
-- Row-level security does not apply to superusers and roles with BYPASSRLS.
ALTER ROLE task_api LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'task_api_password';

SELECT $$CREATE DATABASE task_api ENCODING 'UTF8' TEMPLATE template0$$
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'task_api') \gexec
-- Behind a pooler in transaction mode the service cannot set STATEMENT_TIMEOUT itself.
ALTER ROLE task_api IN DATABASE task_api SET statement_timeout = '5s';
-- The service classifies errors by PostgreSQL's English messages. Only a superuser may set their language.
ALTER ROLE task_api IN DATABASE task_api SET lc_messages = 'C';
REVOKE ALL ON DATABASE task_api FROM PUBLIC;
GRANT CONNECT ON DATABASE task_api TO task_api;

\connect task_api
-- The service creates and owns its tables. It owns neither the database nor the schema, because the owner of a schema may drop all
-- objects in it, including tables of other roles.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO task_api;

\if :with_better_auth
-- For the front end: Better Auth migrates and writes its own tables, and the service reads them (sessions, users, keys).
-- The service gets no other privileges on them. `task-api mint cookie`, which inserts a session, fails here.
SELECT 'CREATE ROLE better_auth' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'better_auth') \gexec
ALTER ROLE better_auth LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'better_auth_password';
GRANT CONNECT ON DATABASE task_api TO better_auth;
GRANT USAGE, CREATE ON SCHEMA public TO better_auth;
-- Default privileges apply to all future tables of a schema. After Better Auth's migration, revoke what the service does not need:
--   REVOKE SELECT ON account, verification FROM task_api;
ALTER DEFAULT PRIVILEGES FOR ROLE better_auth IN SCHEMA public GRANT SELECT ON TABLES TO task_api;
\endif
SQL

echo "The database task_api is ready for the role task_api${BETTER_AUTH_DB_PASSWORD:+ and the role better_auth}."
