# Runs the code of the documents against the running service, each twice. Sourced by tests/curl.sh, not run.
#
# Uses $root, $binary, $url and $work of the sourcing script.

# shell_blocks FILE: prints the sh blocks that send requests, or set variables for them.
shell_blocks() {
  awk '
    /^```sh$/ { block = ""; inside = 1; next }
    /^```/ && inside { if (block ~ /curl|=\$\(cargo run/) printf "%s", block; inside = 0; next }
    inside { block = block $0 "\n" }
  ' "$1"
}

# code_block FILE LANGUAGE: prints the code block of a language.
code_block() {
  sed -n "/^\`\`\`$2\$/,/^\`\`\`/p" "$1" | grep -v '^```'
}

# curl_lines FILE: counts the commands with curl.
curl_lines() {
  grep -cE '^curl |=\$\(curl ' "$1"
}

# The commands of a document run in a shell with these functions. A comment such as "# 404" is the expected status of the next command.
document_prelude() {
  cat <<'END'
curl() { command curl -fsS --max-time 15 "$@"; echo; }
expect_status() {
  local expected=$1 status
  shift
  status=$(command curl -s --max-time 15 -o /dev/null -w '%{http_code}' "$@")
  [[ $status == "$expected" ]] || { echo "status $expected was expected, not $status: curl $*" >&2; exit 1; }
}
END
}

# run_document FILE: runs its shell blocks. $work/stdout has the responses.
run_document() {
  local file=$root/$1
  shell_blocks "$file" >"$work/lines"
  # shellcheck disable=SC2094
  [[ $(curl_lines "$work/lines") == "$(curl_lines "$file")" ]] || fail "each curl line of $1 in a block of sh" "$(cat "$work/lines")"
  {
    document_prelude
    sed "s#cargo run -q --#task-api#; s#http://127.0.0.1:8000#$url#" "$work/lines" | awk '
      /^# [1-5][0-9][0-9]$/ { status = $2; next }
      status != "" && /^curl / { sub(/^curl/, "expect_status " status) }
      { status = ""; print }
    '
    # for the code blocks of other languages
    echo "declare -p TOKEN >'$work/variables'"
  } >"$work/pasted"
  PATH="$(dirname "$binary"):$PATH" bash -euo pipefail "$work/pasted" >"$work/stdout" 2>"$work/stderr" </dev/null ||
    fail "every line to succeed" "$(cat "$work/stderr" "$work/stdout")"
}

readme_commands() {
  check "the README's curl lines work, $1"
  run_document README.md
  grep -q '"title":"Buy milk"' "$work/stdout" || fail "the created task" "$(cat "$work/stdout")"
  pass
}

tutorial_commands() {
  check "the tutorial's curl lines work, $1"
  run_document docs/tutorial.md
  [[ $(curl_lines "$work/lines") -gt 20 ]] || fail "a tutorial with curl" "$(cat "$work/lines")"
  [[ $(grep -c '^{.*"title":"Pay rent"' "$work/stdout") == 2 && $(grep '^{.*"title":"Pay rent"' "$work/stdout" | sort -u | wc -l) == 1 ]] ||
    fail "the repeated create to return the same task" "$(cat "$work/stdout")"
  [[ $(grep -c '"title":"Read the API reference"' <(grep '"changes":' "$work/stdout")) == 1 ]] ||
    fail "the new task in the changes" "$(cat "$work/stdout")"
  grep -q '^BEGIN:VTODO' "$work/stdout" || fail "a calendar at the end" "$(tail -n 3 "$work/stdout")"
  pass
}

# Runs the curl lines, JavaScript, Python and the file for editors of docs/front-ends.md.
front_end_code() {
  local page=$root/docs/front-ends.md program language
  check "the curl lines of docs/front-ends.md work, $1"
  run_document docs/front-ends.md
  pass
  # shellcheck source=/dev/null
  TOKEN=$(source "$work/variables" && echo "$TOKEN")
  for language in js python; do
    check "the $language code of docs/front-ends.md completes a task, $1"
    if [[ $language == js ]]; then program=(node "$work/example.mjs"); else program=(python3 "$work/example.mjs"); fi
    code_block "$page" "$language" >"$work/example.mjs"
    TOKEN=$TOKEN TASKS_URL=$url/api/tasks "${program[@]}" >"$work/stdout" 2>"$work/stderr" || fail "exit code 0" "$(cat "$work/stderr")"
    grep -q 'Buy milk' "$work/stdout" || fail "the completed task" "$(cat "$work/stdout")"
    pass
  done
  check "the requests of the .http file of docs/front-ends.md work, $1"
  code_block "$page" http | sed "s#http://127.0.0.1:8000#$url#" >"$work/tasks.http"
  TOKEN=$TOKEN node "$root/tests/curl/http-file.mjs" "$work/tasks.http" >"$work/stdout" 2>&1 || fail "exit code 0" "$(cat "$work/stdout")"
  pass
}

# Runs all documents twice: a reader may repeat them on the same database.
document_code() {
  local time
  for time in "for the first time" "again"; do
    readme_commands "$time"
    tutorial_commands "$time"
    front_end_code "$time"
  done
}
