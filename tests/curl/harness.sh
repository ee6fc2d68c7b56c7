# Helpers of tests/curl.sh: reports checks, runs the binary, sends requests and verifies responses. Sourced, not run.
#
# The sourcing script sets $binary. A failed check ends the script. $work is the temporary directory of the run.

work=$(mktemp -d)
log=$work/serve.log
server=
passed=0
name=

# --- reporting: the first failure ends the run ---------------------------------------------------------------

# check NAME: starts the check with this name.
check() { name=$1; }

# Reports the current check as passed.
pass() {
  passed=$((passed + 1))
  echo "ok    $name"
}

# fail EXPECTED ACTUAL: reports the current check as failed, prints the end of the service's log, and exits.
fail() {
  printf 'FAIL  %s\n      expected: %s\n      actual:   %s\n' "$name" "$1" "$2"
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

# --- the binary and requests ---------------------------------------------------------------------------------

# run ARGUMENT…: runs the binary and sets $out to its stdout. A non-zero exit code fails the check and prints stderr.
out=
run() {
  out=$("$binary" "$@" 2>"$work/stderr") || fail "exit code 0 of task-api $*" "$? and $(cat "$work/stderr")"
}

# request STATUS CURL-ARGUMENT…: sends a request and writes the response to $work/body and $work/head.
request() {
  local expected_status=$1 status
  shift
  status=$(curl -sS --max-time 15 -o "$work/body" -D "$work/head" -w '%{http_code}' "$@" 2>"$work/stderr") ||
    fail "a response with status $expected_status" "curl: $(cat "$work/stderr")"
  [[ $status == "$expected_status" ]] || fail "status $expected_status" "$status $(cat "$work/body")"
}

# header NAME: prints the header's value in the last response, or nothing when it is missing.
header() {
  sed -n "s/^$1: *//Ip" "$work/head" | tr -d '\r'
}

# json EXPRESSION: sets $value to the result of the JavaScript expression. In it, `it` is the JSON of the last response.
# The result is not printed, because a failure inside $(…) would end only the subshell and become the value.
value=
json() {
  value=$(node -e '
    const it = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const result = eval(process.argv[2]);
    console.log(typeof result === "string" ? result : JSON.stringify(result));
  ' "$work/body" "$1" 2>"$work/stderr") || fail "JSON for which $1 is defined" "$(cat "$work/body")"
}

# expect VALUE EXPRESSION: asserts the result of the expression on the last response's JSON.
expect() {
  json "$2"
  [[ $value == "$1" ]] || fail "$2 to be $1" "$value"
}

# expect_header NAME PATTERN: asserts that the header of the last response matches.
expect_header() {
  [[ $(header "$1") =~ $2 ]] || fail "header $1 matching $2" "$(header "$1")"
}

# expect_problem STATUS: asserts that the last response is a problem document with this status.
expect_problem() {
  expect_header content-type '^application/problem\+json'
  expect "$1" it.status
  expect true 'typeof it.detail === "string" && it.detail === it.message && it.detail === it.error.message'
}

# wait_until_ready URL: waits up to 30 seconds for a 200. Fails earlier when the service ends.
wait_until_ready() {
  local deadline=$((SECONDS + 30))
  until curl -fsS --max-time 5 -o /dev/null "$1" 2>"$work/stderr"; do
    kill -0 "$server" 2>/dev/null || fail "task-api serve to run" "it ended"
    ((SECONDS < deadline)) || fail "200 from $1 within 30 seconds" "$(cat "$work/stderr")"
    sleep 0.1
  done
}

# Prints a free port of 127.0.0.1.
free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}
