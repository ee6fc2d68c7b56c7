#!/usr/bin/env bash
# Prints the notes of a version: its section of CHANGELOG.md.
#
#   scripts/release-notes.sh 0.2.0

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=${1:?usage: scripts/release-notes.sh VERSION}
# Git hosts break lines of notes as they are, so each paragraph and list item becomes one line.
notes=$(awk -v heading="## [$version]" '
  index($0, "## ") == 1 { inside = index($0, heading) == 1; next }
  !inside { next }
  /^$/ || /^#/ || /^- / { if (line != "") print line; line = $0; if (/^$/ || /^#/) { print line; line = "" } next }
  { sub(/^ +/, ""); line = line == "" ? $0 : line " " $0 }
  END { if (line != "") print line }
' CHANGELOG.md)
if [[ -z ${notes//[[:space:]]/} ]]; then
  echo "scripts/release-notes.sh: CHANGELOG.md has no section ## [$version]" >&2
  exit 1
fi
printf '%s\n' "$notes" | sed '/./,$!d'
