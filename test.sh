#!/usr/bin/env bash
# Runs all checks: format, lints, documentation, licences, tests on SQLite and PostgreSQL, a curl session, tests with a real Better Auth
# of the service and of the example apps of better-auth-guard, and browser tests of the Next.js front end. Installs missing tools first,
# from Debian's packages, npm, PyPI and crates.io.

set -euo pipefail

usage() {
  cat <<'END'
./test.sh                 run all checks, on SQLite and on PostgreSQL
./test.sh --sqlite-only   skip PostgreSQL
./test.sh --fuzz          run the contract fuzzing of the OpenAPI document for some minutes, on SQLite and PostgreSQL
                          (default: a short run on SQLite only)
./test.sh --citus         run the tests of the HTTP API on the Citus of CITUS_DATABASE_URL too (default: a part of them on PostgreSQL, with the
                          statements that Citus gets)
./test.sh --feed          run the tests of the change feed in their long form, with 10,000 events and kills under 2,000 writes (default: a
                          short form)
./test.sh --upgrade       build the previous version too, and let it serve during the migration to this one (default: its recorded
                          statements only)
./test.sh --help          print this help

Required: Rust with rustfmt and clippy, a C compiler, and Node.js 20 or newer with npm.
Installed if missing, on Debian and derivatives, as root or with sudo: the server programs of PostgreSQL, Redis, nginx, pgbouncer and
Prometheus (the tests start temporary servers only), OpenSSL with its headers, pkg-config, curl, Node.js, Chromium, docker-compose,
systemd-analyze, Python 3.10 or newer with venv.
Built or installed in the target folder if missing: cargo-deny, mdBook, actionlint, kubernetes-validate, Schemathesis, and the example apps
examples/guard-actix and examples/guard-axum of the crate better-auth-guard, which run with a real Better Auth.

TEST_DATABASE_URL      use this PostgreSQL instead of temporary servers; its role must be allowed to create schemas and databases,
                       and must not be a superuser or have BYPASSRLS
CITUS_DATABASE_URL     with --citus: a database with the extension citus on a coordinator with at least two nodes; its role must be allowed
                       to create schemas on all nodes, and must not be a superuser or have BYPASSRLS. Schemas stay there
CITUS_NODE_COMMAND     with --citus: a command that takes "kill HOST:PORT" or "start HOST:PORT", does this to the node and waits for its end
TASK_API_KILL_ROUNDS   how often each kill test kills the service or a temporary PostgreSQL under load (20)
CHROMIUM               the path of the browser, if it is not found
CARGO_TARGET_DIR       Cargo's build folder (target)
END
}

sqlite_only=false
with_upgrade=false
with_citus=false
fuzz_length=short
feed_arguments=()
for argument in "$@"; do
  case $argument in
    --sqlite-only) sqlite_only=true ;;
    --fuzz) fuzz_length=long ;;
    --feed) feed_arguments=(--long) ;;
    --upgrade) with_upgrade=true ;;
    --citus) with_citus=true ;;
    --help | -h) usage && exit ;;
    *)
      echo "test.sh: unknown argument $argument; see --help" >&2
      exit 2
      ;;
  esac
done

cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
target=${CARGO_TARGET_DIR:-target}
[[ $target == /* ]] || target=$root/$target
export TASK_API=$target/debug/task-api
# A fresh build folder is built once: data for later builds and debug information would only cost time.
[[ -d $target/debug ]] || export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0

# Pinned: a newer version may have more checks, which would fail without any change in this repository.
readonly cargo_deny_version=0.20.2
readonly cargo_deny_home=$target/tools/cargo-deny-$cargo_deny_version
readonly mdbook_version=0.5.4
readonly kubernetes_validate_home=$target/tools/kubernetes-validate-1.37.0
readonly advisory_database=https://github.com/RustSec/advisory-db

# --- steps with a heading and a time -----------------------------------------------------------------------------

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

# leave_out CHECK: reports a skipped check, now and in the summary.
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

# join SEPARATOR PART…: sets $joined to the joined parts.
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

# --- required tools -----------------------------------------------------------------------------------------------

# apt_install PACKAGE…: fails without apt-get or without root rights.
apt_updated=false
apt_install() {
  local as_root=(env DEBIAN_FRONTEND=noninteractive)
  command -v apt-get >/dev/null || return 1
  if ((EUID != 0)); then
    # Without a terminal, sudo cannot ask for a password.
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

# Sets $postgres_bin to the folder of PostgreSQL's server programs: from the PATH, or the newest of Debian's packages.
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

# Debian's package creates and starts a server on port 5432, unless this setting disables it.
install_postgres() {
  local setting=/etc/postgresql-common/createcluster.d/no-main-cluster.conf code=0 as_root=()
  ((EUID == 0)) || as_root=(sudo)
  apt_install postgresql-common || return 1
  if [[ ! -e $setting ]]; then
    "${as_root[@]}" mkdir -p "${setting%/*}" || return 1
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$setting" >/dev/null || return 1
    apt_install postgresql || code=$?
    # Removed afterwards: later installations on this machine keep their default.
    "${as_root[@]}" rm -f "$setting"
    "${as_root[@]}" rmdir --ignore-fail-on-non-empty "${setting%/*}"
    return "$code"
  fi
  apt_install postgresql
}

# Debian's packages start the servers that they install, unless policy-rc.d forbids it.
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

# Sets $chromium to the path of the browser.
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
  command -v node >/dev/null || apt_install nodejs || true
  node_is_new_enough || give_up "Node.js 20 or newer was not found (found: $(node --version 2>/dev/null || echo none)): install it (https://nodejs.org)"
  command -v npm >/dev/null || apt_install npm || give_up "npm was not found: install it (Debian: apt-get install npm)"
  command -v redis-server >/dev/null || install_without_start redis-server || give_up "redis-server was not found: install it (Debian: apt-get install redis-server)"
  find_chromium || { apt_install chromium && find_chromium; } || give_up "Chromium was not found: install it (Debian: apt-get install chromium)"
  python_is_new_enough || apt_install python3 python3-venv || true
  python_is_new_enough || give_up "Python 3.10 or newer with venv was not found: install it (Debian: apt-get install python3 python3-venv)"
  if $sqlite_only; then
    leave_out "PostgreSQL (--sqlite-only)"
  elif [[ -n ${TEST_DATABASE_URL:-} ]]; then
    echo "PostgreSQL: TEST_DATABASE_URL"
    find_postgres || leave_out "tests that kill PostgreSQL, restart it or need a superuser (TEST_DATABASE_URL is set, and they need a temporary server)"
  else
    find_postgres || { install_postgres && find_postgres; } ||
      give_up "PostgreSQL was not found and could not be installed: install its server (Debian: apt-get install postgresql), set TEST_DATABASE_URL, or skip it with --sqlite-only"
    echo "PostgreSQL: $("$postgres_bin/postgres" --version), in $postgres_bin"
  fi
  if ! $sqlite_only; then
    # One test needs PostgreSQL with German messages.
    [[ -e /usr/share/i18n/locales/de_DE ]] && command -v localedef >/dev/null || apt_install locales || give_up "localedef and the source of de_DE were not found: install them (Debian: apt-get install locales)"
    PATH=$PATH:/usr/sbin command -v pgbouncer >/dev/null || install_without_start pgbouncer || give_up "pgbouncer was not found and could not be installed: install it (Debian: apt-get install pgbouncer)"
  fi
  echo "Rust: $(rustc --version); Node.js: $(node --version)"
}

# --- a temporary PostgreSQL, for the curl session and the fuzzing --------------------------------------------------

postgres_home=
postgres_as=()
port=

start_postgres() {
  postgres_home=$(mktemp -d)
  # PostgreSQL does not run as root.
  if ((EUID == 0)); then
    chown postgres: "$postgres_home"
    postgres_as=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
  fi
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  postgres initdb -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
  # The superuser needs no password. The roles that deploy/postgres/init.sh creates need their passwords.
  printf 'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n' >"$postgres_home/data/pg_hba.conf"
  postgres pg_ctl -w -t 60 -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off" start
}

# postgres PROGRAM ARGUMENT…: runs a PostgreSQL program on the temporary server's data.
postgres() {
  local program=$postgres_bin/$1
  shift
  # Runs in the temporary folder, because the user postgres may not read the caller's folder. Logs to a file, because the server keeps it open.
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

# --- checks -------------------------------------------------------------------------------------------------------

# Sets $mdbook to a program of the pinned version: of the PATH, or built.
mdbook=
get_mdbook() {
  local home=$target/tools/mdbook-$mdbook_version
  mdbook=$(command -v mdbook || true)
  [[ -z $mdbook || $("$mdbook" --version) != "mdbook v$mdbook_version" ]] || return 0
  mdbook=$home/bin/mdbook
  [[ ! -x $mdbook ]] || return 0
  echo "building mdBook $mdbook_version"
  # Without search and server, unoptimised and without debug information: it compiles in less than a minute.
  CARGO_TARGET_DIR=$home/build CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install mdbook --version "$mdbook_version" --locked --debug --quiet --no-default-features --root "$home"
  rm -rf "$home/build"
}

# Builds the documents as a site, and checks its links and the rewrites of the guide for Next.js.
check_site() {
  get_mdbook
  local site=$target/site
  rm -rf "$site"
  "$mdbook" build docs --dest-dir "$site"
  node tests/documentation/site.mjs "$site"
  node tests/documentation/nextjs.mjs
}

get_cargo_deny() {
  [[ ! -x $cargo_deny_home/bin/cargo-deny ]] || return 0
  echo "building cargo-deny $cargo_deny_version"
  # Unoptimised and without debug information: it compiles in one or two minutes and runs for a second.
  CARGO_TARGET_DIR=$cargo_deny_home/build CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install cargo-deny --version "$cargo_deny_version" --locked --debug --quiet --root "$cargo_deny_home"
  rm -rf "$cargo_deny_home/build"
}

check_dependencies() {
  get_cargo_deny
  local PATH=$cargo_deny_home/bin:$PATH
  cargo deny --locked check --hide-inclusion-graph licenses bans sources
  # deny.toml checks the build with all features. The default build must not use OpenSSL at all.
  local tree
  tree=$(cargo tree --locked --edges normal,build --prefix none)
  if grep '^openssl-sys ' <<<"$tree"; then
    give_up "the default build depends on openssl-sys: only the feature tls may use it"
  fi
  # Without features, the guard must stay small. Its tests' dependencies do not count.
  local packages
  packages=$(cargo tree --locked -p better-auth-guard --no-default-features --edges normal,build --prefix none | sed 's/ (\*)$//' | sort -u | wc -l)
  ((packages <= 90)) || give_up "better-auth-guard without features has $packages packages: at most 90 are allowed"
  if GIT_TERMINAL_PROMPT=0 timeout 30 git ls-remote --exit-code "$advisory_database" HEAD >/dev/null 2>&1; then
    cargo deny --locked check --hide-inclusion-graph advisories
  else
    leave_out "security advisories ($advisory_database is unreachable)"
  fi
}

# Sets $schemathesis_bin to the folder of Schemathesis' programs. Each version of requirements.txt has its own folder.
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

# Sets $calendar_python to an interpreter with the packages of tests/calendar. Each version of requirements.txt has its own folder.
calendar_python=
get_calendar_python() {
  local requirements=tests/calendar/requirements.txt home
  home=$target/tools/calendar-$(sha256sum "$requirements" | head -c 16)
  calendar_python=$home/bin/python
  [[ ! -e $home/complete ]] || return 0
  echo "installing recurring_ical_events"
  python3 -m venv --clear "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$requirements"
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
  # Creates the database and the role with the deployment's script, to test this script too. With REQUIRE_ROW_SECURITY, the service
  # starts only if row-level security applies to this role.
  local password="p@ss:word/%25 '\"\$1"
  PATH=$postgres_bin:$PATH PGHOST=127.0.0.1 PGPORT=$port TASK_API_DB_PASSWORD=$password BETTER_AUTH_DB_PASSWORD=other \
    deploy/postgres/init.sh
  DATABASE_URL=postgres://task_api@127.0.0.1:$port/task_api PGPASSWORD=$password \
    REQUIRE_ROW_SECURITY=true BETTER_AUTH_SECRET=$(node -p 'require("crypto").randomBytes(32).toString("base64")') tests/curl.sh postgres
  stop_postgres
}

# Validates each profile of the compose file, the systemd unit, and the Kubernetes manifests by their schemas.
# Compiles the service from the files that the Dockerfile copies, with the features that it uses itself.
check_image_context() {
  local context paths source
  context=$(mktemp -d)
  while read -r _ paths; do
    for source in ${paths% *}; do
      mkdir -p "$context/$(dirname "$source")"
      cp -r "$source" "$context/$source"
    done
  done < <(grep '^COPY [^-]' Dockerfile)
  (cd "$context" && CARGO_TARGET_DIR=$target cargo check --locked --quiet --bin task-api)
  rm -rf "$context"
  echo "the Dockerfile copies all files that the build needs"
}

# Makes the packages for crates.io, and compiles the service from them: a file that `include` misses is an error. Needs Cargo 1.90.
# The dry run publishes both packages in order, because the service depends on a version of the guard that crates.io may not have yet.
# It verifies nothing: a build of its own would take minutes. The check uses dependencies that are already built.
check_packages() {
  local folder=$target/tools/packages package version
  cargo publish --dry-run --workspace --no-verify --allow-dirty --locked --quiet
  cargo package -p better-auth-guard -p task-api --no-verify --allow-dirty --locked --quiet
  rm -rf "$folder"
  mkdir -p "$folder"
  for package in better-auth-guard task-api; do
    version=$(cargo pkgid --locked -p "$package")
    version=${version##*[#@]}
    tar -xzf "$target/package/$package-$version.crate" -C "$folder"
    mv "$folder/$package-$version" "$folder/$package"
    [[ -f $folder/$package/LICENSE-MIT && -f $folder/$package/LICENSE-APACHE ]] || give_up "the package $package has no licence files"
    echo "packaged $package $version"
  done
  # Runs in this folder, for the compile options of .cargo/config.toml: with others, SQLite would be compiled again.
  CARGO_TARGET_DIR=$target cargo check --quiet --bin task-api --manifest-path "$folder/task-api/Cargo.toml" \
    --config "patch.crates-io.better-auth-guard.path = '$folder/better-auth-guard'"
}

# Sets $actionlint to the program. Each version of requirements.txt has its own folder.
actionlint=
get_actionlint() {
  local requirements=tests/workflows/requirements.txt home
  home=$target/tools/actionlint-$(sha256sum "$requirements" | head -c 16)
  actionlint=$home/bin/actionlint
  [[ ! -x $actionlint ]] || return 0
  echo "installing actionlint"
  python3 -m venv --clear "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: --requirement "$requirements"
}

# Checks the workflows, and that the changelog has notes of the version to release.
check_workflows() {
  local version
  get_actionlint
  "$actionlint"
  echo "the workflows are valid"
  version=$(cargo pkgid --locked -p task-api)
  scripts/release-notes.sh "${version##*[#@]}" >/dev/null
}

check_deployment() {
  check_image_context
  command -v docker-compose >/dev/null || apt_install docker-compose || give_up "docker-compose was not found (Debian: apt-get install docker-compose)"
  local profile profiles
  export POSTGRES_PASSWORD=x TASK_API_DB_PASSWORD=x BETTER_AUTH_SECRET=x BETTER_AUTH_URL=http://localhost:3000
  profiles=$(docker-compose config --profiles)
  docker-compose config --quiet
  for profile in $profiles; do
    docker-compose --profile "$profile" config --quiet
  done
  unset POSTGRES_PASSWORD TASK_API_DB_PASSWORD BETTER_AUTH_SECRET BETTER_AUTH_URL
  echo "docker-compose.yml is valid, without a profile and with" $profiles

  command -v systemd-analyze >/dev/null || install_without_start systemd || give_up "systemd-analyze was not found (Debian: apt-get install systemd)"
  # Uses the built binary, because a missing program is an error.
  sed "s#/usr/local/bin/task-api#$TASK_API#" deploy/systemd/task-api.service >"$target/task-api.service"
  systemd-analyze verify --man=no "$target/task-api.service"
  # The threshold is 2.0. A unit without restrictions has an exposure of 9.6.
  systemd-analyze security --offline=true --no-pager --threshold=20 "$target/task-api.service" | tail -n 1

  if [[ ! -x $kubernetes_validate_home/bin/kubernetes-validate ]]; then
    # Debian's Python lacks ensurepip, which venv needs. The module venv exists even so, so the check imports ensurepip.
    python3 -c 'import ensurepip' 2>/dev/null || apt_install python3-venv || give_up "Python with venv was not found (Debian: apt-get install python3-venv)"
    python3 -m venv "$kubernetes_validate_home"
    "$kubernetes_validate_home/bin/pip" install --quiet --disable-pip-version-check --requirement deploy/kubernetes/requirements.txt
  fi
  check_manifests
}

# Validates each manifest, and what kustomize makes of them. The schema of a ServiceMonitor is the operator's, so it is left out.
check_manifests() {
  local files folder made=$target/manifests.yaml
  mapfile -t files < <(find deploy/kubernetes -name '*.yaml' ! -name kustomization.yaml ! -name service-monitor.yaml | sort)
  "$kubernetes_validate_home/bin/kubernetes-validate" --strict "${files[@]}"
  if ! command -v kubectl >/dev/null; then
    leave_out "what kustomize makes of deploy/kubernetes (kubectl was not found)"
    return
  fi
  for folder in deploy/kubernetes/base deploy/kubernetes/overlays/example deploy/kubernetes/overlays/example/migrate; do
    kubectl kustomize "$folder" | awk -v RS='---\n' -v ORS='---\n' '!/kind: ServiceMonitor/' >"$made"
    "$kubernetes_validate_home/bin/kubernetes-validate" --strict "$made"
    ! grep -q 'kind: Secret' "$made" || give_up "$folder contains a Secret: an apply would replace the real one"
  done
  kubectl kustomize deploy/kubernetes/overlays/example | grep -q TRUSTED_PROXIES || give_up "the overlay sets no TRUSTED_PROXIES"
}

# Builds the previous version in a folder of its own, with the built dependencies of this one where they are the same.
check_upgrade() {
  local revision source=$target/previous-source
  revision=$(<tests/data/previous_version/revision)
  if ! git cat-file -e "$revision^{commit}" 2>/dev/null; then
    leave_out "the upgrade from the previous version (this clone has no commit $revision)"
    return
  fi
  rm -rf "$source"
  git worktree prune
  git worktree add --detach --force "$source" "$revision"
  (cd "$source" && CARGO_TARGET_DIR=$target/previous cargo build --locked --bin task-api)
  git worktree remove --force "$source"
  TASK_API_PREVIOUS=$target/previous/debug/task-api \
    cargo test --workspace --locked --test api the_previous_version_serves -- --ignored "$@"
}

# Runs modules of the HTTP API with the statements that Citus gets, on PostgreSQL: the user is named by SET LOCAL in a transaction.
check_user_in_transaction() {
  local modules=(tasks:: bulk:: changes:: transfer:: stats:: database::model database::user_isolation database::row_security)
  local skipped=(--skip sqlite:: --skip import_memory)
  [[ -n $postgres_bin ]] || skipped+=(--skip own_server::)
  SET_USER_BY=transaction env -u CITUS_DATABASE_URL cargo test --workspace --locked --test api -- "${modules[@]}" "${skipped[@]}"
}

# Runs the tests of the HTTP API on a given Citus.
check_citus() {
  [[ -n ${CITUS_DATABASE_URL:-} ]] || give_up "--citus needs CITUS_DATABASE_URL; see --help"
  # Left out: the previous version does not serve on Citus; tests with triggers; tests whose own SQL sets the policies by set_config; tests
  # of PostgreSQL without Citus. database::citus tests the policies of the shards.
  cargo test --workspace --locked --test api -- postgres:: --skip own_server:: --skip previous_version --skip prepared_statements:: \
    --skip the_purge_policy_deletes --skip the_policies_of_the_feed --skip policies_are_safe --skip only_citus_distributes \
    --skip a_commit_without_notification
  local skipped=()
  if [[ -z ${CITUS_NODE_COMMAND:-} ]]; then
    skipped=(--skip kills_of_a_node)
    leave_out "kills of a node of Citus (CITUS_NODE_COMMAND is not set)"
  fi
  # one at a time: a test kills the nodes that the others use
  cargo test --workspace --locked --test api -- citus:: --ignored --test-threads 1 "${skipped[@]}"
}

check_monitoring() {
  command -v prometheus >/dev/null && command -v promtool >/dev/null || install_without_start prometheus ||
    give_up "prometheus and promtool were not found (Debian: apt-get install prometheus)"
  npm ci --prefix tests/monitoring --no-audit --no-fund
  node tests/monitoring/run.mjs
}

# Builds the service with TLS to PostgreSQL, as the releases are. Only libpq and the crates that use it are built again. The step "build"
# puts the default build back to $TASK_API.
build_with_tls() {
  command -v openssl >/dev/null && command -v pkg-config >/dev/null && pkg-config --exists openssl || apt_install openssl libssl-dev pkg-config ||
    give_up "openssl with its headers, or pkg-config, was not found: install them (Debian: apt-get install openssl libssl-dev pkg-config)"
  cargo build --workspace --locked --features tls --bin task-api
  cp "$TASK_API" "$target/task-api-tls"
}

# Connects with TLS to a temporary PostgreSQL with a certificate, and packs the binary as a release does.
check_tls() {
  local folder
  folder=$(mktemp -d)
  scripts/release-archive.sh "$target/task-api-tls" test "$folder"
  rm -r "$folder"
  TASK_API_TLS=$target/task-api-tls cargo test --workspace --locked --test api tls_to_postgres -- --ignored
}

# Builds the example apps of better-auth-guard, and runs them with a real Better Auth. They share built dependencies with the service.
check_guard_examples() {
  local example
  for example in guard-actix guard-axum; do
    (cd "examples/$example" && cargo fmt --check && CARGO_TARGET_DIR=$target cargo build --locked)
  done
  node tests/better-auth/guard.mjs "$target/debug"
}

check_instances() {
  PATH=$PATH:/usr/sbin command -v nginx >/dev/null || install_without_start nginx || give_up "nginx was not found (Debian: apt-get install nginx)"
  node tests/instances/run.mjs
}

# Follows the change feed with eventsource, Chromium and RxDB, on two instances behind nginx.
check_feed() {
  local folder
  for folder in tests/browser tests/feed examples/rxdb; do
    npm ci --prefix "$folder" --no-audit --no-fund
  done
  CHROMIUM=$chromium node tests/feed/run.mjs "${feed_arguments[@]}"
}

begin "tools"
check_tools
end

begin "format"
cargo fmt --all --check
end

begin "lints"
# All cargo commands select the workspace: another selection has other features, and cargo then builds the dependencies again.
cargo clippy --workspace --all-targets --locked -- -D warnings
end

begin "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
# Also without private items: a public comment must not link to them.
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
check_site
end

begin "dependencies"
check_dependencies
end

if $sqlite_only || [[ -z $postgres_bin ]]; then
  leave_out "TLS to PostgreSQL (it needs a temporary PostgreSQL)"
else
  begin "build with TLS"
  build_with_tls
  end
fi

begin "build"
# Builds the service too.
cargo test --workspace --no-run --locked
end

begin "deployment"
check_deployment
end

begin "packages"
check_packages
end

begin "workflows"
check_workflows
end

begin "tests"
# Skips by module name: skipped tests count as "filtered out" and never as "ok".
skipped=()
if $sqlite_only; then
  skipped=(-- --skip postgres::)
elif [[ -z $postgres_bin ]]; then
  skipped=(-- --skip own_server::)
fi
env -u CITUS_DATABASE_URL cargo test --workspace --locked "${skipped[@]}"
end

if ! $sqlite_only; then
  begin "tests with the user named in a transaction"
  check_user_in_transaction
  end
fi

if ! $sqlite_only && [[ -n $postgres_bin ]]; then
  begin "TLS to PostgreSQL"
  check_tls
  end
fi

if $with_citus; then
  begin "tests on Citus"
  check_citus
  end
fi

begin "curl on SQLite"
tests/curl.sh
end

if ! $sqlite_only; then
  begin "curl on PostgreSQL"
  if [[ -z ${TEST_DATABASE_URL:-} ]]; then
    curl_on_postgres
  else
    leave_out "the curl session on PostgreSQL (TEST_DATABASE_URL is set, and it needs a temporary server)"
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
get_calendar_python
node tests/calendar/run.mjs "$calendar_python"
end

begin "Better Auth"
npm ci --prefix tests/better-auth --no-audit --no-fund
if $sqlite_only; then
  node tests/better-auth/run.mjs sqlite
else
  node tests/better-auth/run.mjs sqlite postgres
fi
end

begin "doctor with Better Auth"
cargo test --workspace --locked --test api set_ups_with_better_auth -- --ignored
end

begin "guard examples"
check_guard_examples
end

if $with_upgrade; then
  begin "upgrade"
  if $sqlite_only; then check_upgrade --skip postgres::; else check_upgrade; fi
  end
fi

if $sqlite_only; then
  leave_out "several instances, the change feed and monitoring (they need PostgreSQL)"
elif [[ -z $postgres_bin ]]; then
  leave_out "several instances, the change feed and monitoring (TEST_DATABASE_URL is set, and they need a temporary server)"
else
  begin "several instances"
  check_instances
  end

  begin "change feed"
  check_feed
  end

  begin "monitoring"
  check_monitoring
  end
fi

begin "front end"
[[ -d tests/browser/node_modules ]] || npm ci --prefix tests/browser --no-audit --no-fund
# Runs first, because it tests that dev.sh installs the front end's packages.
node tests/browser/dev.mjs
npm run --prefix examples/nextjs check
# Checks that the committed types match the built service.
npm run --prefix examples/nextjs types -- --check
if $sqlite_only; then
  CHROMIUM=$chromium node tests/browser/run.mjs sqlite
else
  CHROMIUM=$chromium node tests/browser/run.mjs sqlite postgres
fi
end
