#!/usr/bin/env bash
# Tests the built binary with the commands of the README and the tutorial, and the code of docs/front-ends.md: migrate, serve, mint a token,
# send requests, stop.
#
#   tests/curl.sh             without settings in an empty directory: SQLite under ./data, development mode
#   tests/curl.sh postgres    with DATABASE_URL, BETTER_AUTH_SECRET and REQUIRE_ROW_SECURITY of the environment
#
# TASK_API is the path of the binary (default: the debug build). Needs curl, node and python3.

set -euo pipefail

kind=${1:-sqlite}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=${TASK_API:-${CARGO_TARGET_DIR:-$root/target}/debug/task-api}
[[ $binary == /* ]] || binary=$PWD/$binary
# shellcheck source=tests/curl/harness.sh
source "$root/tests/curl/harness.sh"
# shellcheck source=tests/curl/documents.sh
source "$root/tests/curl/documents.sh"

# --- the parts of the session --------------------------------------------------------------------------------

prepare() {
  check "curl, node, python3 and the binary are installed"
  local program
  for program in curl node python3; do
    command -v "$program" >/dev/null || fail "$program to be installed" "it is not on the PATH"
  done
  [[ -x $binary ]] || fail "the binary $binary (run cargo build, or set TASK_API)" "no executable file"
  case $kind in
    sqlite) unset DATABASE_URL BETTER_AUTH_SECRET REQUIRE_ROW_SECURITY ;;
    postgres) [[ -n ${DATABASE_URL:-} && -n ${BETTER_AUTH_SECRET:-} ]] || fail "DATABASE_URL and BETTER_AUTH_SECRET to be set" "at least one is not set" ;;
    *) fail "sqlite or postgres as the first argument" "$kind" ;;
  esac
  # Removes the caller's other settings. The empty directory has no .env file.
  unset BETTER_AUTH_SECRETS BETTER_AUTH_URL TRUSTED_ORIGINS COOKIE_PREFIX COOKIE_NAME COOKIE_SECURE BEARER_UNSIGNED \
    JWT_SECRET JWT_ALGORITHMS JWT_USER_CLAIM JWT_AUDIENCE JWT_ISSUER JWKS_URL JWKS_FILE JWKS_ALLOW_HTTP SESSION_SOURCE \
    SESSION_CACHE SESSION_TIMEZONE REDIS_URL LIST_SHAPE TASK_SHAPE CAMEL_CASE MAX_LIST DOCS POOL_SIZE RATE_LIMIT TRUSTED_PROXIES \
    REFUSAL_LIMIT MAX_CONNECTIONS SEND_TIMEOUT SERVER_TIMING METRICS_ADDR METRICS_TOKEN LOG_FORMAT ENV_FILE
  mkdir "$work/project"
  cd "$work/project"
  HOST=127.0.0.1 PORT=$(free_port)
  export HOST PORT
  url=http://$HOST:$PORT
}

migrate_and_serve() {
  check "migrate run"
  run migrate run && pass
  check "migrate run again changes nothing"
  run migrate run && pass
  check "migrate status"
  run migrate status
  [[ -n $out ]] || fail "the migrations on stdout" "nothing"
  pass
  check "serve is ready within 30 seconds"
  "$binary" serve >"$log" 2>&1 &
  server=$!
  wait_until_ready "$url/readyz" && pass
  check "healthcheck exits 0 while the service runs"
  run healthcheck && pass
  local path
  for path in livez readyz healthz; do
    check "GET /$path is 200"
    request 200 "$url/$path" && pass
  done
}

# In development mode the service prints curl commands with a token. This function runs them.
printed_commands() {
  check "the curl commands printed at the start work"
  grep -qE '^[[:space:]]*curl ' "$log" || fail "lines that start with curl" "$(cat "$log")"
  # Extracts the commands: from a line of shell to the next empty line, without log lines.
  {
    echo 'curl() { command curl -fsS --max-time 15 "$@"; }' # -f makes an error status fail
    sed -nE '/^[[:space:]]*([A-Z]+=|export |curl )/,/^[[:space:]]*$/p' "$log" | grep -vE '^\[|^[0-9]{4}-'
  } >"$work/pasted"
  # Uses a new shell, because this shell ignores `set -e` to the left of `||`.
  PATH="$(dirname "$binary"):$PATH" bash -euo pipefail "$work/pasted" >"$work/stdout" 2>"$work/stderr" </dev/null ||
    fail "every line to succeed" "$(cat "$work/stderr" "$work/pasted")"
  pass
}

mint_token() {
  check "mint jwt prints only a token on stdout"
  run mint jwt --user demo --ttl 1h
  token=$out
  [[ $token =~ ^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$ ]] || fail "a JWT" "$token"
  pass
  auth=(-H "Authorization: Bearer $token")
  type=(-H "Content-Type: application/json")
  tasks=$url/api/demo/tasks
}

create_and_read() {
  check "POST creates a task: 201, Location, the task"
  request 201 "${auth[@]}" "${type[@]}" -d '{"title":"Buy milk","priority":"high","tags":["home"]}' "$tasks"
  expect '["Buy milk","demo",false,"pending","high",["home"],1]' \
    '[it.title, it.user_id, it.completed, it.status, it.priority, it.tags, it.version]'
  json it.id
  id=$value
  expect_header location "/api/demo/tasks/$id\$"
  pass
  check "GET lists the tasks in an array, newest first"
  request 200 "${auth[@]}" "$tasks"
  expect "[true,$id]" '[Array.isArray(it), it[0].id]' && pass
  check "GET /api/tasks lists the tasks of the token's user"
  request 200 "${auth[@]}" "$url/api/tasks"
  expect "$id" 'it[0].id' && pass
  check "GET with a trailing slash returns the same list"
  request 200 "${auth[@]}" "$tasks/"
  expect "$id" 'it[0].id' && pass
  check "GET reads a task"
  request 200 "${auth[@]}" "$tasks/$id"
  expect "[$id,\"Buy milk\",null,null]" '[it.id, it.title, it.description, it.due_date]' && pass
}

update_task() {
  check "PUT changes only the given members"
  request 200 "${auth[@]}" "${type[@]}" -X PUT -d '{"description":"two litres"}' "$tasks/$id"
  expect '["Buy milk","two litres","high",2]' '[it.title, it.description, it.priority, it.version]' && pass
  check "PATCH changes only the given members, null clears"
  request 200 "${auth[@]}" "${type[@]}" -X PATCH -d '{"title":"Buy oat milk","description":null}' "$tasks/$id"
  expect '["Buy oat milk",null,"high",3]' '[it.title, it.description, it.priority, it.version]' && pass
  check "PATCH /complete without a body toggles"
  request 200 "${auth[@]}" -X PATCH "$tasks/$id/complete"
  expect '[true,"completed",true]' '[it.completed, it.status, it.completed_at !== null]' && pass
  check 'PATCH /complete with {"completed":false} sets the value'
  request 200 "${auth[@]}" "${type[@]}" -X PATCH -d '{"completed":false}' "$tasks/$id/complete"
  expect '[false,"pending",null]' '[it.completed, it.status, it.completed_at]' && pass
}

client_errors() {
  check "no token is 401 with a challenge"
  request 401 "$tasks"
  expect_header www-authenticate '^Bearer realm="tasks"$'
  expect_problem 401 && pass
  check "an invalid token is 401"
  request 401 -H "Authorization: Bearer nonsense" "$tasks"
  expect_header www-authenticate 'error="invalid_token"'
  expect_problem 401 && pass
  check "another user's path is 403"
  request 403 "${auth[@]}" "$url/api/somebody-else/tasks"
  expect_problem 403 && pass
  check "an unknown task is 404"
  request 404 "${auth[@]}" "$tasks/999999999"
  expect_problem 404 && pass
  check "an unknown path is 404"
  request 404 "$url/nowhere"
  expect_problem 404 && pass
  check "an empty title is 422 with a pointer to the field"
  request 422 "${auth[@]}" "${type[@]}" -d '{"title":"   "}' "$tasks"
  expect '#/title' 'it.errors[0].pointer'
  expect_problem 422 && pass
  check "a body that is not JSON is 400"
  request 400 "${auth[@]}" "${type[@]}" -d '{"title":' "$tasks"
  expect_problem 400 && pass
  check "an unsupported method is 405 with Allow"
  request 405 "${auth[@]}" -X DELETE "$tasks"
  expect_header allow 'GET.*POST|POST.*GET'
  expect_problem 405 && pass
}

delete_task() {
  check "DELETE deletes the task and returns a message"
  request 200 "${auth[@]}" -X DELETE "$tasks/$id"
  expect "{\"message\":\"Task deleted\",\"id\":$id,\"success\":true}" '({ message: it.message, id: it.id, success: it.success })' && pass
  check "a deleted task is 404"
  request 404 "${auth[@]}" "$tasks/$id" && pass
}

session_cookie() {
  if [[ $kind == postgres ]] && ! has_better_auth_tables; then
    check "mint cookie without Better Auth's tables fails and names the migration"
    ! "$binary" mint cookie --user demo >"$work/stdout" 2>&1 || fail "an exit code other than 0" "0 and $(cat "$work/stdout")"
    grep -q 'let Better Auth migrate it first' "$work/stdout" || fail "let Better Auth migrate it first" "$(cat "$work/stdout")"
    pass
    return
  fi
  check "mint cookie prints only the value of a Cookie header on stdout"
  run mint cookie --user demo
  [[ $out =~ ^better-auth\.session_token=[^\;[:space:]]+$ ]] || fail "better-auth.session_token=…" "$out"
  local cookie=(-H "Cookie: $out")
  pass
  check "GET with the cookie is 200"
  request 200 "${cookie[@]}" "$tasks" && pass
  check "POST with the cookie and without Origin is 403"
  request 403 "${cookie[@]}" "${type[@]}" -d '{"title":"from elsewhere"}' "$tasks"
  expect_problem 403 && pass
}

# A correctly signed cookie without a session is 401 when the session table exists, and 503 when it does not.
has_better_auth_tables() {
  local cookie status
  # shellcheck disable=SC2016
  cookie=$(node -e '
    const token = "A".repeat(32);
    const hmac = require("crypto").createHmac("sha256", process.env.BETTER_AUTH_SECRET).update(token);
    console.log(encodeURIComponent(`${token}.${hmac.digest("base64")}`));
  ')
  status=$(curl -sS --max-time 15 -o "$work/body" -w '%{http_code}' -H "Cookie: better-auth.session_token=$cookie" "$tasks")
  check "a correctly signed cookie without a session is 401, or 503 without Better Auth's tables"
  case $status in
    401) pass ;;
    503) pass && return 1 ;;
    *) fail "status 401 or 503" "$status $(cat "$work/body")" ;;
  esac
}

stop_service() {
  check "SIGTERM stops the service with exit code 0"
  local deadline=$((SECONDS + 20)) code=0
  kill -TERM "$server"
  while kill -0 "$server" 2>/dev/null; do
    ((SECONDS < deadline)) || fail "the service to stop within 20 seconds" "it still runs"
    sleep 0.1
  done
  wait "$server" || code=$?
  server=
  [[ $code == 0 ]] || fail "exit code 0" "$code"
  pass
  check "healthcheck exits 1 while no service runs"
  code=0
  "$binary" healthcheck >"$work/stdout" 2>&1 || code=$?
  [[ $code == 1 ]] || fail "exit code 1" "$code: $(cat "$work/stdout")"
  pass
}

prepare
migrate_and_serve
document_code
if [[ $kind == sqlite ]]; then printed_commands; fi
mint_token
create_and_read
update_task
client_errors
delete_task
session_cookie
stop_service
echo "$passed passed, 0 failed"
