#!/usr/bin/env bash
# Drives the built binary as a reader of the README would: migrate, serve, mint a token, curl, stop.
#
#   tests/curl.sh             an empty directory and nothing set: SQLite under ./data, development mode
#   tests/curl.sh postgres    the database of DATABASE_URL, with the secret of BETTER_AUTH_SECRET, and with
#                             REQUIRE_ROW_SECURITY as it is set
#
# TASK_API names the binary; otherwise it is that of `cargo build`. Needs curl and node.

set -euo pipefail

kind=${1:-sqlite}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=${TASK_API:-${CARGO_TARGET_DIR:-$root/target}/debug/task-api}
[[ $binary == /* ]] || binary=$PWD/$binary
work=$(mktemp -d)
log=$work/serve.log
server=
passed=0
name=

# --- reporting: the first failure ends the run ---------------------------------------------------------------

check() { name=$1; }

ok() {
  passed=$((passed + 1))
  echo "ok    $name"
}

fail() {
  printf 'FAIL  %s\n      expected: %s\n      seen:     %s\n' "$name" "$1" "$2"
  if [[ -s $log ]]; then
    echo "---- the end of the service's log"
    tail -n 40 "$log"
    echo "----"
  fi
  echo "$passed passed, 1 failed"
  exit 1
}

cleanup() {
  if [[ -n $server ]]; then
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# --- running and asking --------------------------------------------------------------------------------------

# Runs the binary; its stdout is left in $out. A non-zero exit is a failure, with what it said.
out=
run() {
  out=$("$binary" "$@" 2>"$work/stderr") || fail "exit code 0 of task-api $*" "$? and $(cat "$work/stderr")"
}

# request STATUS CURL-ARGUMENTS…: leaves the answer in $work/body and $work/head.
request() {
  local wanted=$1 status
  shift
  status=$(curl -sS --max-time 15 -o "$work/body" -D "$work/head" -w '%{http_code}' "$@" 2>"$work/stderr") ||
    fail "an answer with status $wanted" "curl: $(cat "$work/stderr")"
  [[ $status == "$wanted" ]] || fail "status $wanted" "$status $(cat "$work/body")"
}

# header NAME: the header's value in the last answer, empty when it is not there.
header() {
  sed -n "s/^$1: *//Ip" "$work/head" | tr -d '\r'
}

# json EXPRESSION: the last answer's JSON is `it`; what the JavaScript expression gives is left in $value.
# (Not printed: a failure inside $(…) would end only that, and its message would be taken for the value.)
value=
json() {
  value=$(node -e '
    const it = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const found = eval(process.argv[2]);
    console.log(typeof found === "string" ? found : JSON.stringify(found));
  ' "$work/body" "$1" 2>"$work/stderr") || fail "JSON in which $1 can be read" "$(cat "$work/body")"
}

# expect VALUE EXPRESSION: the expression on the last answer's JSON gives this value.
expect() {
  json "$2"
  [[ $value == "$1" ]] || fail "$2 to be $1" "$value"
}

expect_header() {
  [[ $(header "$1") =~ $2 ]] || fail "header $1 matching $2" "$(header "$1")"
}

expect_problem() {
  expect_header content-type '^application/problem\+json'
  expect "$1" it.status
  expect true 'typeof it.detail === "string" && it.detail === it.message && it.detail === it.error.message'
}

# until_ready URL: the service answers 200, or has ended, or 30 seconds are over.
until_ready() {
  local deadline=$((SECONDS + 30))
  until curl -fsS --max-time 5 -o /dev/null "$1" 2>"$work/stderr"; do
    kill -0 "$server" 2>/dev/null || fail "task-api serve to run" "it ended"
    ((SECONDS < deadline)) || fail "200 from $1 within 30 seconds" "$(cat "$work/stderr")"
    sleep 0.1
  done
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# --- the parts of the session --------------------------------------------------------------------------------

prepare() {
  check "what this needs is there"
  local program
  for program in curl node; do
    command -v "$program" >/dev/null || fail "$program to be installed" "it is not on the PATH"
  done
  [[ -x $binary ]] || fail "the binary $binary (cargo build makes it, or set TASK_API)" "no such program"
  case $kind in
    sqlite) unset DATABASE_URL BETTER_AUTH_SECRET REQUIRE_ROW_SECURITY ;;
    postgres) [[ -n ${DATABASE_URL:-} && -n ${BETTER_AUTH_SECRET:-} ]] || fail "DATABASE_URL and BETTER_AUTH_SECRET to be set" "not both are" ;;
    *) fail "sqlite or postgres as the first argument" "$kind" ;;
  esac
  # Nothing else of the caller's settings reaches the service, and there is no .env in an empty directory.
  unset BETTER_AUTH_SECRETS BETTER_AUTH_URL TRUSTED_ORIGINS COOKIE_PREFIX COOKIE_NAME COOKIE_SECURE BEARER_UNSIGNED \
    JWT_SECRET JWT_ALGORITHMS JWT_USER_CLAIM JWT_AUDIENCE JWT_ISSUER JWKS_URL JWKS_FILE JWKS_ALLOW_HTTP SESSION_SOURCE \
    SESSION_CACHE SESSION_TIMEZONE REDIS_URL LIST_SHAPE MAX_LIST DOCS POOL_SIZE RATE_LIMIT TRUSTED_PROXIES \
    REFUSAL_LIMIT MAX_CONNECTIONS SEND_TIMEOUT SERVER_TIMING METRICS_ADDR METRICS_TOKEN LOG_FORMAT ENV_FILE
  mkdir "$work/project"
  cd "$work/project"
  HOST=127.0.0.1 PORT=$(free_port)
  export HOST PORT
  url=http://$HOST:$PORT
}

migrate_and_serve() {
  check "migrate run"
  run migrate run && ok
  check "migrate run again changes nothing"
  run migrate run && ok
  check "migrate status"
  run migrate status
  [[ -n $out ]] || fail "the migrations on stdout" "nothing"
  ok
  check "serve, ready"
  "$binary" serve >"$log" 2>&1 &
  server=$!
  until_ready "$url/readyz" && ok
  check "healthcheck exits 0 while it serves"
  run healthcheck && ok
  local path
  for path in livez readyz healthz; do
    check "GET /$path is 200"
    request 200 "$url/$path" && ok
  done
}

# In development mode the service greets with curl lines that work when pasted, the token in them.
greeting() {
  check "the curl lines printed at the start work when pasted"
  grep -qE '^[[:space:]]*curl ' "$log" || fail "lines that begin with curl" "$(cat "$log")"
  # What is pasted: from a line of shell on, as far as the next empty line, without lines of the log.
  {
    echo 'curl() { command curl -fsS --max-time 15 "$@"; }' # -f makes a refusal an error
    sed -nE '/^[[:space:]]*([A-Z]+=|export |curl )/,/^[[:space:]]*$/p' "$log" | grep -vE '^\[|^[0-9]{4}-'
  } >"$work/pasted"
  # A shell of its own, because `set -e` does not hold to the left of `||` in this one.
  PATH="$(dirname "$binary"):$PATH" bash -euo pipefail "$work/pasted" >"$work/stdout" 2>"$work/stderr" </dev/null ||
    fail "every line to succeed" "$(cat "$work/stderr" "$work/pasted")"
  ok
}

# The session that the README shows, on a database with nothing in it.
readme() {
  check "the README's session with curl works when pasted"
  sed -n '/^## A session with curl/,/^## /p' "$root/README.md" | sed -n '/^```sh/,/^```/p' | grep -v '^```' >"$work/lines"
  [[ $(grep -c '^curl ' "$work/lines") -gt 10 ]] || fail "a session in README.md" "$(cat "$work/lines")"
  {
    echo 'curl() { command curl -fsS --max-time 15 "$@"; echo; }'
    sed "s#cargo run -q --#task-api#; s#http://127.0.0.1:8000#$url#" "$work/lines"
  } >"$work/pasted"
  PATH="$(dirname "$binary"):$PATH" bash -euo pipefail "$work/pasted" >"$work/stdout" 2>"$work/stderr" </dev/null ||
    fail "every line to succeed" "$(cat "$work/stderr" "$work/stdout")"
  [[ $(grep -o '"id":2,' "$work/stdout" | wc -l) -ge 2 ]] || fail "the repeated create to be answered with the same task" "$(cat "$work/stdout")"
  grep -q '^BEGIN:VTODO' "$work/stdout" || fail "a calendar at the end" "$(tail -n 3 "$work/stdout")"
  ok
}

mint_token() {
  check "mint jwt prints a token and nothing else on stdout"
  run mint jwt --user demo --ttl 1h
  token=$out
  [[ $token =~ ^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$ ]] || fail "a JWT" "$token"
  ok
  auth=(-H "Authorization: Bearer $token")
  type=(-H "Content-Type: application/json")
  tasks=$url/api/demo/tasks
}

create_and_read() {
  check "POST creates: 201, Location, the task"
  request 201 "${auth[@]}" "${type[@]}" -d '{"title":"Buy milk","priority":"high","tags":["home"]}' "$tasks"
  expect '["Buy milk","demo",false,"pending","high",["home"],1]' \
    '[it.title, it.user_id, it.completed, it.status, it.priority, it.tags, it.version]'
  json it.id
  id=$value
  expect_header location "/api/demo/tasks/$id\$"
  ok
  check "GET lists it, in an array, newest first"
  request 200 "${auth[@]}" "$tasks"
  expect "[true,$id]" '[Array.isArray(it), it[0].id]' && ok
  check "GET /api/tasks lists it too: the user is the token's"
  request 200 "${auth[@]}" "$url/api/tasks"
  expect "$id" 'it[0].id' && ok
  check "GET with a trailing slash is the same list"
  request 200 "${auth[@]}" "$tasks/"
  expect "$id" 'it[0].id' && ok
  check "GET reads one"
  request 200 "${auth[@]}" "$tasks/$id"
  expect "[$id,\"Buy milk\",null,null]" '[it.id, it.title, it.description, it.due_date]' && ok
}

update() {
  check "PUT changes what it names and keeps the rest"
  request 200 "${auth[@]}" "${type[@]}" -X PUT -d '{"description":"two litres"}' "$tasks/$id"
  expect '["Buy milk","two litres","high",2]' '[it.title, it.description, it.priority, it.version]' && ok
  check "PATCH changes what it names, null clears"
  request 200 "${auth[@]}" "${type[@]}" -X PATCH -d '{"title":"Buy oat milk","description":null}' "$tasks/$id"
  expect '["Buy oat milk",null,"high",3]' '[it.title, it.description, it.priority, it.version]' && ok
  check "PATCH /complete without a body toggles"
  request 200 "${auth[@]}" -X PATCH "$tasks/$id/complete"
  expect '[true,"completed",true]' '[it.completed, it.status, it.completed_at !== null]' && ok
  check 'PATCH /complete with {"completed":false} sets'
  request 200 "${auth[@]}" "${type[@]}" -X PATCH -d '{"completed":false}' "$tasks/$id/complete"
  expect '[false,"pending",null]' '[it.completed, it.status, it.completed_at]' && ok
}

refusals() {
  check "no token is 401 with a challenge"
  request 401 "$tasks"
  expect_header www-authenticate '^Bearer realm="tasks"$'
  expect_problem 401 && ok
  check "a token that is none is 401"
  request 401 -H "Authorization: Bearer nonsense" "$tasks"
  expect_header www-authenticate 'error="invalid_token"'
  expect_problem 401 && ok
  check "another user's path is 403"
  request 403 "${auth[@]}" "$url/api/somebody-else/tasks"
  expect_problem 403 && ok
  check "an unknown task is 404"
  request 404 "${auth[@]}" "$tasks/999999999"
  expect_problem 404 && ok
  check "an unknown path is 404"
  request 404 "$url/nowhere"
  expect_problem 404 && ok
  check "an empty title is 422 and says which field"
  request 422 "${auth[@]}" "${type[@]}" -d '{"title":"   "}' "$tasks"
  expect '#/title' 'it.errors[0].pointer'
  expect_problem 422 && ok
  check "a body that is not JSON is 400"
  request 400 "${auth[@]}" "${type[@]}" -d '{"title":' "$tasks"
  expect_problem 400 && ok
  check "a method the path does not serve is 405 with Allow"
  request 405 "${auth[@]}" -X DELETE "$tasks"
  expect_header allow 'GET.*POST|POST.*GET'
  expect_problem 405 && ok
}

delete() {
  check "DELETE removes it and says so"
  request 200 "${auth[@]}" -X DELETE "$tasks/$id"
  expect "{\"message\":\"Task deleted\",\"id\":$id,\"success\":true}" '({ message: it.message, id: it.id, success: it.success })' && ok
  check "then it is 404"
  request 404 "${auth[@]}" "$tasks/$id" && ok
}

cookie() {
  if [[ $kind == postgres ]] && ! better_auth_tables; then
    check "mint cookie without Better Auth's tables is refused, and says who makes them"
    ! "$binary" mint cookie --user demo >"$work/stdout" 2>&1 || fail "an exit code other than 0" "0 and $(cat "$work/stdout")"
    grep -q 'let Better Auth migrate it first' "$work/stdout" || fail "let Better Auth migrate it first" "$(cat "$work/stdout")"
    ok
    return
  fi
  check "mint cookie prints a Cookie header's value and nothing else on stdout"
  run mint cookie --user demo
  [[ $out =~ ^better-auth\.session_token=[^\;[:space:]]+$ ]] || fail "better-auth.session_token=…" "$out"
  local cookie=(-H "Cookie: $out")
  ok
  check "GET with the cookie is 200"
  request 200 "${cookie[@]}" "$tasks" && ok
  check "POST with the cookie and no Origin is 403"
  request 403 "${cookie[@]}" "${type[@]}" -d '{"title":"from elsewhere"}' "$tasks"
  expect_problem 403 && ok
}

# A well-signed cookie of no session is 401 where there is a session table to look in, and 503 where there is none.
better_auth_tables() {
  local cookie status
  # shellcheck disable=SC2016
  cookie=$(node -e '
    const token = "A".repeat(32);
    const hmac = require("crypto").createHmac("sha256", process.env.BETTER_AUTH_SECRET).update(token);
    console.log(encodeURIComponent(`${token}.${hmac.digest("base64")}`));
  ')
  status=$(curl -sS --max-time 15 -o "$work/body" -w '%{http_code}' -H "Cookie: better-auth.session_token=$cookie" "$tasks")
  check "a well-signed cookie of no session is 401, or 503 without Better Auth's tables"
  case $status in
    401) ok ;;
    503) ok && return 1 ;;
    *) fail "status 401 or 503" "$status $(cat "$work/body")" ;;
  esac
}

stop() {
  check "SIGTERM stops it with exit code 0"
  local deadline=$((SECONDS + 20)) code=0
  kill -TERM "$server"
  while kill -0 "$server" 2>/dev/null; do
    ((SECONDS < deadline)) || fail "it to stop within 20 seconds" "it still runs"
    sleep 0.1
  done
  wait "$server" || code=$?
  server=
  [[ $code == 0 ]] || fail "exit code 0" "$code"
  ok
  check "healthcheck exits 1 when nothing serves"
  code=0
  "$binary" healthcheck >"$work/stdout" 2>&1 || code=$?
  [[ $code == 1 ]] || fail "exit code 1" "$code: $(cat "$work/stdout")"
  ok
}

prepare
migrate_and_serve
if [[ $kind == sqlite ]]; then readme; greeting; fi
mint_token
create_and_read
update
refusals
delete
cookie
stop
echo "$passed passed, 0 failed"
