#!/usr/bin/env bash
# Starts the service and the Next.js front end of examples/nextjs on one SQLite file. Ctrl-C stops both.

set -euo pipefail

usage() {
  cat <<'END'
./dev.sh          start both and print their URLs
./dev.sh --help   print this help

Required: Rust with a C compiler, and Node.js 20.9 or newer with npm. The script installs the front end's npm packages from its lock
file if they are missing or outdated. It creates the database and the shared secret in ./data.

FRONT_END_PORT   the front end's port (3000)
SERVICE_PORT     the service's port (8000)
                 If a port is in use, the script takes a free one. 0 always takes a free port.
PROOF            cookie: the browser calls the front end with the session cookie (default); jwt: it calls the service with a JWT
DATABASE_URL     the database (./data/task-api.db)
END
}

give_up() {
  echo "dev.sh: $1" >&2
  exit 1
}

case ${1:-} in
  '') ;;
  --help | -h) usage && exit ;;
  *) give_up "unknown argument $1; see --help" ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
front_end=$root/examples/nextjs
data=$root/data
target=${CARGO_TARGET_DIR:-target}
[[ $target == /* ]] || target=$root/$target
export NEXT_TELEMETRY_DISABLED=1

case ${PROOF:=cookie} in cookie | jwt) ;; *) give_up "PROOF must be cookie or jwt, not $PROOF" ;; esac

check_tools() {
  command -v cargo >/dev/null || give_up "cargo was not found: install Rust (https://rustup.rs)"
  command -v cc >/dev/null || give_up "no C compiler was found: install one (Debian: apt-get install gcc libc6-dev; macOS: xcode-select --install)"
  command -v node >/dev/null || give_up "node was not found: install Node.js 20.9 or newer (https://nodejs.org)"
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)' ||
    give_up "Node.js $(node --version) is too old: install 20.9 or newer (https://nodejs.org)"
  command -v npm >/dev/null || give_up "npm was not found: install it (it comes with Node.js; Debian: apt-get install npm)"
}

install_packages() {
  local lock=$front_end/package-lock.json done_for=$front_end/node_modules/.installed-for
  # A copy of the lock file records the installed packages.
  if ! cmp -s "$lock" "$done_for"; then
    echo "Installing the front end's packages …"
    npm ci --prefix "$front_end" --no-audit --no-fund
    cp "$lock" "$done_for"
  fi
}

# port_for PORT: prints this port, or a free one if it is in use. Checks both loopback addresses, because localhost may resolve to either.
port_for() {
  node -e '
    const net = require("net");
    const bind = (port, host) => new Promise((done) => {
      const server = net.createServer().once("error", (error) => done(error.code === "EADDRINUSE" ? 0 : port));
      server.listen(port, host, () => { const found = server.address().port; server.close(() => done(found)); });
    });
    const free = async (port) => {
      const found = await bind(port, "127.0.0.1");
      return found && await bind(found, "::1");
    };
    const find = async (port) => { while (!(port = await free(port))); return port; };
    find(Number(process.argv[1])).then(console.log);
  ' "$1"
}

# Creates the same secret file as the service in development mode.
make_secret() {
  local file=$data/task-api.secret
  (umask 077 && mkdir -p "$data")
  if [[ ! -e $file ]]; then
    (umask 077 && node -p 'require("crypto").randomBytes(32).toString("base64url")' >"$file.new")
    mv "$file.new" "$file"
    echo "Created a development secret in data/task-api.secret"
  fi
  BETTER_AUTH_SECRET=$(<"$file")
  export BETTER_AUTH_SECRET
}

processes=()

# Each process leads a process group, so its child processes are stopped too.
stop_all() {
  trap '' INT TERM
  trap - EXIT
  local process waited=0
  for process in ${processes[@]+"${processes[@]}"}; do kill -TERM -- "-$process" 2>/dev/null || true; done
  for process in ${processes[@]+"${processes[@]}"}; do
    while kill -0 -- "-$process" 2>/dev/null; do
      ((waited += 1))
      if ((waited > 100)); then kill -KILL -- "-$process" 2>/dev/null || true; fi
      sleep 0.1
    done
  done
}

# wait_for_success URL PROCESS NAME: waits until the URL returns a success status. Fails if the process ends.
wait_for_success() {
  until node -e 'fetch(process.argv[1], { signal: AbortSignal.timeout(20000) }).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$1"; do
    kill -0 "$2" 2>/dev/null || give_up "$3 has ended; see its last lines above"
    sleep 0.3
  done
}

check_tools
install_packages
echo "Building the service …"
cargo build --locked
make_secret

front_end_port=$(port_for "${FRONT_END_PORT:-3000}")
service_port=$(port_for "${SERVICE_PORT:-8000}")
export DATABASE_URL=${DATABASE_URL:-sqlite:$data/task-api.db}
export BETTER_AUTH_URL=http://localhost:$front_end_port
service_url=http://127.0.0.1:$service_port

trap stop_all EXIT
trap 'echo; echo "Stopping …"; exit 130' INT
trap 'exit 143' TERM
# Job control: each background job gets its own process group.
set -m

# Next.js keeps the address of its development server in its cache. With another port, pages of the cache reload without end.
# The cache of a ./dev.sh that still runs is left alone.
forget_other_port() {
  local known=$data/front-end.port cache=$front_end/.next/dev port= process=
  if [[ -e $known ]]; then read -r port process <"$known" || true; fi
  if [[ -e $cache && $port != "$front_end_port" ]] && ! kill -0 "${process:-none}" 2>/dev/null; then
    echo "Removing the front end's cache: it is of another port"
    rm -rf "$cache"
  fi
  echo "$front_end_port $$" >"$known"
}
forget_other_port

# With SESSION_SOURCE=database, the service is ready only after the front end has created Better Auth's tables.
# Runs in ./data: the service reads .env of its working folder alone, so that it reads no file of another setup.
(cd "$data" && HOST=127.0.0.1 PORT=$service_port SESSION_SOURCE=database exec "$target/debug/task-api" serve </dev/null) &
processes+=($!)
public_url=
[[ $PROOF == cookie ]] || public_url=$service_url
(cd "$front_end" && TASK_API_URL=$service_url TASK_API_PUBLIC_URL=$public_url \
  exec node node_modules/next/dist/bin/next dev --hostname 127.0.0.1 --port "$front_end_port" </dev/null) &
processes+=($!)

wait_for_success "http://127.0.0.1:$front_end_port/api/auth/ok" "${processes[1]}" "the front end"
wait_for_success "$service_url/readyz" "${processes[0]}" "the service"

cat <<END

  Front end:  $BETTER_AUTH_URL
  Service:    $service_url

Open the front end in a browser and sign up. Ctrl-C stops both.

END

# Runs until either process ends. Uses `wait`, because a signal interrupts it at once.
while kill -0 "${processes[0]}" 2>/dev/null && kill -0 "${processes[1]}" 2>/dev/null; do
  sleep 1 &
  wait $! || true
done
give_up "the service or the front end has ended; see the last lines above"
