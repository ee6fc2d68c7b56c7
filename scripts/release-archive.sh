#!/usr/bin/env bash
# Tests a release binary on its own platform, and packs it with its documents, man pages and completion scripts.
#
#   scripts/release-archive.sh target/release/task-api x86_64-unknown-linux-gnu dist

set -euo pipefail

usage="usage: scripts/release-archive.sh BINARY TARGET FOLDER"
binary=$(realpath "${1:?$usage}")
target=${2:?$usage}
folder=$(realpath "${3:?$usage}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=$("$binary" --version)
version=${version#task-api }
# A build without TLS refuses this URL.
env -i ENV_FILE=/dev/null BETTER_AUTH_SECRET="$(head -c 32 /dev/urandom | base64)" DATABASE_URL="postgres://localhost/tasks?sslrootcert=system" \
  "$binary" config >/dev/null
case $target in
  *-musl) forbidden='=>' ;;
  *-linux-gnu) forbidden='libssl|libcrypto' ;;
  *) forbidden= ;;
esac
if [[ -n $forbidden ]] && ldd "$binary" 2>&1 | grep -E "$forbidden"; then
  echo "scripts/release-archive.sh: $binary must not need this shared library: link it statically" >&2
  exit 1
fi

name=task-api-$version-$target
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
mkdir -p "$staging/$name/man/man1" "$staging/$name/completions"
cp "$binary" "$staging/$name/task-api"
cp README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT .env.example "$staging/$name/"
"$binary" man "$staging/$name/man/man1"
"$binary" completions bash >"$staging/$name/completions/task-api.bash"
"$binary" completions zsh >"$staging/$name/completions/_task-api"
"$binary" completions fish >"$staging/$name/completions/task-api.fish"
tar -czf "$folder/$name.tar.gz" -C "$staging" "$name"
echo "packed $name.tar.gz"
