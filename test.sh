#!/usr/bin/env bash
# Checks everything: format, lints, documentation, licences, the tests on SQLite and PostgreSQL, the service driven with curl, and the
# service beside a real Better Auth, and behind the Next.js front end in a browser. What is missing is installed first, from Debian's packages, npm and the crates' registry.

set -euo pipefail

usage() {
  cat <<'END'
./test.sh                 runs every check, on SQLite and on PostgreSQL
./test.sh --sqlite-only   leaves PostgreSQL out
./test.sh --fuzz          holds the OpenAPI document against the service for some minutes and on PostgreSQL too, not in short on SQLite alone
./test.sh --help

Needed beforehand: Rust with rustfmt and clippy, a C compiler, and Node.js 20 or newer with npm. Installed when missing, on Debian and
its like, as root or with sudo: the server programs of PostgreSQL, Redis, nginx and pgbouncer (no server is started but temporary ones of
the tests' own), curl, Node.js, Chromium, docker-compose, systemd-analyze, Python 3.10 or newer with venv. Built or installed when missing,
below the target folder: cargo-deny, Schemathesis.

TEST_DATABASE_URL      a PostgreSQL to test on instead of temporary ones; its role must be able to make schemas and databases,
                       and be neither a superuser nor have BYPASSRLS
TASK_API_KILL_ROUNDS   how often the service and a temporary PostgreSQL are killed under load, of each kind (20)
CHROMIUM               the browser, if it is none that is found
CARGO_TARGET_DIR       where Cargo builds (target)
END
}

sqlite_only=false
fuzz_length=short
for argument in "$@"; do
  case $argument in
    --sqlite-only) sqlite_only=true ;;
    --fuzz) fuzz_length=long ;;
    --help | -h) usage && exit ;;
    *)
      echo "test.sh: unknown argument $argument; --help lists what there is" >&2
      exit 2
      ;;
  esac
done

cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
target=${CARGO_TARGET_DIR:-target}
[[ $target == /* ]] || target=$root/$target
export TASK_API=$target/debug/task-api

# Pinned, because a newer one may know more checks: that would turn the result red without any change here.
readonly cargo_deny_version=0.20.2
readonly cargo_deny_home=$target/tools/cargo-deny-$cargo_deny_version
readonly kubernetes_validate_home=$target/tools/kubernetes-validate-1.37.0
readonly advisory_database=https://github.com/RustSec/advisory-db

# --- the steps, each with a heading and its time -----------------------------------------------------------------

step=
step_started=0
times=()
left_out=()

begin() {
  step=$1
  step_started=$SECONDS
  printf '\n==> %s\n' "$step"
}

end() {
  times+=("$step $((SECONDS - step_started)) s")
  step=
}

# leave_out WHAT: something is not checked in this run. It is said here, and again in the last line.
leave_out() {
  echo "NOT CHECKED: $1"
  left_out+=("$1")
}

give_up() {
  echo "test.sh: $1" >&2
  exit 1
}

finish() {
  local code=$?
  trap - EXIT
  stop_postgres
  echo
  if ((code != 0)); then
    echo "test.sh: FAILED at '${step:-the start}' after $SECONDS s" >&2
  else
    join ', ' "${times[@]}"
    echo "test.sh: all passed in $SECONDS s: $joined"
    if ((${#left_out[@]} > 0)); then
      join '; ' "${left_out[@]}"
      echo "test.sh: not checked: $joined"
    fi
  fi
  exit "$code"
}

# join SEPARATOR PART…: leaves the parts, joined, in $joined.
joined=
join() {
  local separator=$1
  joined=$2
  shift 2
  (($# == 0)) || joined+=$(printf "$separator%s" "$@")
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- what has to be there -----------------------------------------------------------------------------------------

# apt_install PACKAGE…: fails where there is no apt-get, or no right to use it.
apt_updated=false
apt_install() {
  local as_root=(env DEBIAN_FRONTEND=noninteractive)
  command -v apt-get >/dev/null || return 1
  if ((EUID != 0)); then
    # Without a terminal sudo could not ask for a password.
    if [[ -t 0 ]]; then command -v sudo >/dev/null || return 1; else sudo -n true 2>/dev/null || return 1; fi
    as_root=(sudo "${as_root[@]}")
  fi
  if ! $apt_updated; then
    "${as_root[@]}" apt-get update -qq || return 1
    apt_updated=true
  fi
  echo "installing $*"
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@"
}

# Leaves the folder of PostgreSQL's server programs in $postgres_bin: one on the PATH, or Debian's, of several the newest.
postgres_bin=
find_postgres() {
  local folder folders=()
  IFS=: read -ra folders <<<"$PATH"
  while read -r folder; do folders+=("$folder"); done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV)
  for folder in "${folders[@]}"; do
    if [[ -x $folder/initdb && -x $folder/postgres && -x $folder/pg_ctl ]] && PATH=$folder:$PATH command -v psql >/dev/null; then
      postgres_bin=$folder
      return
    fi
  done
  return 1
}

# Debian's package makes and starts a server of its own, on port 5432, unless a setting says otherwise.
install_postgres() {
  local setting=/etc/postgresql-common/createcluster.d/no-main-cluster.conf code=0 as_root=()
  ((EUID == 0)) || as_root=(sudo)
  apt_install postgresql-common || return 1
  if [[ ! -e $setting ]]; then
    "${as_root[@]}" mkdir -p "${setting%/*}" || return 1
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$setting" >/dev/null || return 1
    apt_install postgresql || code=$?
    # Only for this installation: others on this machine are no business of these tests.
    "${as_root[@]}" rm -f "$setting"
    "${as_root[@]}" rmdir --ignore-fail-on-non-empty "${setting%/*}"
    return "$code"
  fi
  apt_install postgresql
}

# Debian's packages start what they install, unless this file forbids it.
install_without_start() {
  local policy=/usr/sbin/policy-rc.d code=0 as_root=()
  ((EUID == 0)) || as_root=(sudo)
  [[ ! -e $policy ]] || { apt_install "$@" && return || return 1; }
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null && "${as_root[@]}" chmod +x "$policy" || return 1
  apt_install "$@" || code=$?
  "${as_root[@]}" rm -f "$policy"
  return "$code"
}

node_is_new_enough() {
  local version
  version=$(node --version 2>/dev/null) && [[ $version =~ ^v([0-9]+) ]] && ((BASH_REMATCH[1] >= 20))
}

# Leaves the browser's path in $chromium.
chromium=
find_chromium() {
  local name
  for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome-stable google-chrome; do
    chromium=$(command -v "$name") && return
  done
  return 1
}

python_is_new_enough() {
  python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

check_tools() {
  command -v cargo >/dev/null || give_up "cargo was not found: install Rust (https://rustup.rs)"
  local part
  for part in fmt clippy; do
    cargo "$part" --version >/dev/null 2>&1 || give_up "cargo $part is missing: rustup component add rustfmt clippy"
  done
  command -v cc >/dev/null || apt_install gcc libc6-dev || give_up "no C compiler was found: install one (Debian: apt-get install gcc libc6-dev)"
  command -v curl >/dev/null || apt_install curl ca-certificates || give_up "curl was not found: install it (Debian: apt-get install curl)"
  # The program, not the shell's own: the tests send signals with it, and a minimal Debian is without.
  command -v node >/dev/null || apt_install nodejs || true
  node_is_new_enough || give_up "Node.js 20 or newer was not found (seen: $(node --version 2>/dev/null || echo none)): install it (https://nodejs.org)"
  command -v npm >/dev/null || apt_install npm || give_up "npm was not found: install it (Debian: apt-get install npm)"
  command -v redis-server >/dev/null || install_without_start redis-server || give_up "redis-server was not found: install it (Debian: apt-get install redis-server)"
  find_chromium || { apt_install chromium && find_chromium; } || give_up "Chromium was not found: install it (Debian: apt-get install chromium)"
  python_is_new_enough || apt_install python3 python3-venv || true
  python_is_new_enough || give_up "Python 3.10 or newer with venv was not found: install it (Debian: apt-get install python3 python3-venv)"
  if $sqlite_only; then
    leave_out "PostgreSQL (--sqlite-only)"
  elif [[ -n ${TEST_DATABASE_URL:-} ]]; then
    echo "PostgreSQL: the one of TEST_DATABASE_URL"
    find_postgres || leave_out "kills, restarts and superusers of PostgreSQL (they need a server of their own, and TEST_DATABASE_URL is set)"
  else
    find_postgres || { install_postgres && find_postgres; } ||
      give_up "PostgreSQL was not found and could not be installed: install its server (Debian: apt-get install postgresql), set TEST_DATABASE_URL, or leave it out with --sqlite-only"
    echo "PostgreSQL: $("$postgres_bin/postgres" --version), in $postgres_bin"
  fi
  if ! $sqlite_only; then
    # One test makes PostgreSQL answer in German.
    [[ -e /usr/share/i18n/locales/de_DE ]] && command -v localedef >/dev/null || apt_install locales || give_up "localedef and the source of de_DE were not found: install them (Debian: apt-get install locales)"
    PATH=$PATH:/usr/sbin command -v pgbouncer >/dev/null || install_without_start pgbouncer || give_up "pgbouncer was not found and could not be installed: install it (Debian: apt-get install pgbouncer)"
  fi
  echo "Rust: $(rustc --version); Node.js: $(node --version)"
}

# --- a PostgreSQL of this script's own, for the curl session -------------------------------------------------------

postgres_home=
postgres_as=()
port=

start_postgres() {
  postgres_home=$(mktemp -d)
  # PostgreSQL refuses to be run by root.
  if ((EUID == 0)); then
    chown postgres: "$postgres_home"
    postgres_as=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
  fi
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  postgres initdb -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
  # The superuser without a password; the roles that the deployment's script makes must know theirs.
  printf 'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n' >"$postgres_home/data/pg_hba.conf"
  postgres pg_ctl -w -t 60 -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off" start
}

# postgres PROGRAM ARGUMENT…: one of PostgreSQL's programs, on the temporary server's data.
postgres() {
  local program=$postgres_bin/$1
  shift
  # In its own folder, because the user it runs as may not look into the caller's; a log of its own, because the server keeps it open.
  if ! (cd "$postgres_home" && exec "${postgres_as[@]}" "$program" -D "$postgres_home/data" "$@") >>"$postgres_home/log" 2>&1; then
    cat "$postgres_home/log"
    give_up "$program failed on the temporary PostgreSQL"
  fi
}

stop_postgres() {
  [[ -n $postgres_home ]] || return 0
  if [[ -e $postgres_home/data/postmaster.pid ]]; then
    (postgres pg_ctl -m immediate -w stop) || true
  fi
  rm -rf "$postgres_home"
  postgres_home=
}

# --- the checks ---------------------------------------------------------------------------------------------------

get_cargo_deny() {
  [[ ! -x $cargo_deny_home/bin/cargo-deny ]] || return 0
  echo "building cargo-deny $cargo_deny_version"
  # Unoptimised and without debug information: a minute or two of compiling, and it runs for a second.
  CARGO_TARGET_DIR=$cargo_deny_home/build CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install cargo-deny --version "$cargo_deny_version" --locked --debug --quiet --root "$cargo_deny_home"
  rm -rf "$cargo_deny_home/build"
}

check_dependencies() {
  get_cargo_deny
  local PATH=$cargo_deny_home/bin:$PATH
  cargo deny --locked check --hide-inclusion-graph licenses bans sources
  # deny.toml judges the build with all features; the one without any must do without OpenSSL altogether.
  local tree
  tree=$(cargo tree --locked --edges normal,build --prefix none)
  if grep '^openssl-sys ' <<<"$tree"; then
    give_up "the default build depends on openssl-sys: only the feature tls may"
  fi
  if GIT_TERMINAL_PROMPT=0 timeout 30 git ls-remote --exit-code "$advisory_database" HEAD >/dev/null 2>&1; then
    cargo deny --locked check --hide-inclusion-graph advisories
  else
    leave_out "security advisories (the database $advisory_database cannot be reached from here)"
  fi
}

# Leaves the folder of Schemathesis' programs in $schemathesis_bin; a folder for each list of what belongs to it.
schemathesis_bin=
get_schemathesis() {
  local requirements=tests/openapi/requirements.txt home
  home=$target/tools/schemathesis-$(sha256sum "$requirements" | head -c 16)
  schemathesis_bin=$home/bin
  [[ ! -e $home/complete ]] || return 0
  echo "installing Schemathesis"
  python3 -m venv --clear "$home"
  "$schemathesis_bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$requirements"
  touch "$home/complete"
}

check_openapi() {
  npm ci --prefix tests/openapi --no-audit --no-fund
  ENV_FILE=/dev/null "$TASK_API" openapi >tests/openapi/openapi.json
  (cd tests/openapi && REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true npx --no-install redocly lint openapi.json)
  node tests/openapi/docs.mjs "$chromium"
}

fuzz() {
  get_schemathesis
  node tests/openapi/fuzz.mjs "$schemathesis_bin/st" sqlite "$fuzz_length"
  if [[ $fuzz_length == long && -n $postgres_bin ]] && ! $sqlite_only; then
    start_postgres
    node tests/openapi/fuzz.mjs "$schemathesis_bin/st" "postgres://postgres@127.0.0.1:$port/postgres" long
    stop_postgres
  fi
}

curl_on_postgres() {
  start_postgres
  # The database and the role as a deployment makes them, so that the script that does it is tested too; the service starts only where
  # PostgreSQL keeps users apart under that role.
  local password="p@ss:word/%25 '\"\$1"
  PATH=$postgres_bin:$PATH PGHOST=127.0.0.1 PGPORT=$port TASK_API_DB_PASSWORD=$password BETTER_AUTH_DB_PASSWORD=other \
    deploy/postgres/init.sh
  DATABASE_URL=postgres://task_api@127.0.0.1:$port/task_api PGPASSWORD=$password \
    REQUIRE_ROW_SECURITY=true BETTER_AUTH_SECRET=$(node -p 'require("crypto").randomBytes(32).toString("base64")') tests/curl.sh postgres
  stop_postgres
}

# Each profile of the compose file, the systemd unit, and Kubernetes' own schemas of the manifests.
check_deployment() {
  command -v docker-compose >/dev/null || apt_install docker-compose || give_up "docker-compose was not found (Debian: apt-get install docker-compose)"
  local profile profiles
  export POSTGRES_PASSWORD=x TASK_API_DB_PASSWORD=x BETTER_AUTH_SECRET=x BETTER_AUTH_URL=http://localhost:3000
  profiles=$(docker-compose config --profiles)
  docker-compose config --quiet
  for profile in $profiles; do
    docker-compose --profile "$profile" config --quiet
  done
  unset POSTGRES_PASSWORD TASK_API_DB_PASSWORD BETTER_AUTH_SECRET BETTER_AUTH_URL
  echo "docker-compose.yml is good, without a profile and with" $profiles

  command -v systemd-analyze >/dev/null || install_without_start systemd || give_up "systemd-analyze was not found (Debian: apt-get install systemd)"
  # With the binary that was built, because a program that is not there is an error.
  sed "s#/usr/local/bin/task-api#$TASK_API#" deploy/systemd/task-api.service >"$target/task-api.service"
  systemd-analyze verify --man=no "$target/task-api.service"
  # A program that may do everything is exposed by 9.6.
  systemd-analyze security --offline=true --no-pager --threshold=20 "$target/task-api.service" | tail -n 1

  if [[ ! -x $kubernetes_validate_home/bin/kubernetes-validate ]]; then
    # Debian's Python is without venv; a probe of it, because the module is there and says that it does not work.
    python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv || give_up "Python with venv was not found (Debian: apt-get install python3-venv)"
    python3 -m venv "$kubernetes_validate_home"
    "$kubernetes_validate_home/bin/pip" install --quiet --disable-pip-version-check --requirement deploy/kubernetes/requirements.txt
  fi
  "$kubernetes_validate_home/bin/kubernetes-validate" --strict deploy/kubernetes/*.yaml
}

check_instances() {
  PATH=$PATH:/usr/sbin command -v nginx >/dev/null || install_without_start nginx || give_up "nginx was not found (Debian: apt-get install nginx)"
  node tests/instances/run.mjs
}

begin "tools"
check_tools
end

begin "format"
cargo fmt --check
end

begin "lints"
cargo clippy --all-targets --locked -- -D warnings
end

begin "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items --locked
end

begin "dependencies"
check_dependencies
end

begin "build"
cargo build --locked
end

begin "deployment"
check_deployment
end

begin "tests"
# By the names of modules: each test that is left out is counted as "filtered out", and none prints "ok" without having run.
if $sqlite_only; then
  cargo test --locked -- --skip postgres::
elif [[ -z $postgres_bin ]]; then
  cargo test --locked -- --skip own_server::
else
  cargo test --locked
fi
end

begin "curl on SQLite"
tests/curl.sh
end

if ! $sqlite_only; then
  begin "curl on PostgreSQL"
  if [[ -z ${TEST_DATABASE_URL:-} ]]; then
    curl_on_postgres
  else
    leave_out "the curl session on PostgreSQL (it needs a server of its own, and TEST_DATABASE_URL is set)"
  fi
  end
fi

begin "OpenAPI"
check_openapi
end

begin "contract fuzzing"
fuzz
end

begin "calendar"
npm ci --prefix tests/calendar --no-audit --no-fund
node tests/calendar/run.mjs
end

begin "Better Auth"
npm ci --prefix tests/better-auth --no-audit --no-fund
if $sqlite_only; then
  node tests/better-auth/run.mjs sqlite
else
  node tests/better-auth/run.mjs sqlite postgres
fi
end

if $sqlite_only; then
  leave_out "several instances (they need PostgreSQL)"
elif [[ -z $postgres_bin ]]; then
  leave_out "several instances (they need a server of their own, and TEST_DATABASE_URL is set)"
else
  begin "several instances"
  check_instances
  end
fi

begin "front end"
npm ci --prefix tests/browser --no-audit --no-fund
# First, because it installs the front end's packages as it does for a person.
node tests/browser/dev.mjs
npm run --prefix examples/nextjs check
# The committed types are those of the service that was built.
npm run --prefix examples/nextjs types -- --check
if $sqlite_only; then
  CHROMIUM=$chromium node tests/browser/run.mjs sqlite
else
  CHROMIUM=$chromium node tests/browser/run.mjs sqlite postgres
fi
end
