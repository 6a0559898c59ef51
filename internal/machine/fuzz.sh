#!/usr/bin/env bash
# fuzz.sh TIME: runs every fuzz target of the project for a time such as 60s. A find is kept by go test below testdata/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."
grep -rlE '^func Fuzz' --include='*_test.go' . | grep -v node_modules | sort | while read -r file; do
  grep -oE '^func Fuzz[A-Za-z0-9]+' "$file" | sed 's/^func //' | while read -r target; do
    echo "== $(dirname "$file") $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-60s}" "$(dirname "$file")" </dev/null
  done
done
