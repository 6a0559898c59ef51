#!/usr/bin/env bash
# server-notices.sh: prints the licences of Go and of the modules that the server for GOOS and GOARCH contains.
set -euo pipefail
cd "$(dirname "$0")/../.."
shopt -s nullglob

rule=$(printf -- '-%.0s' {1..80})
printf 'The program meca-lsp contains the standard library of Go and the modules below.\n\nGo %s\n\n' "$(go env GOVERSION)"
cat "$(go env GOROOT)/LICENSE"

modules='{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}'
CGO_ENABLED=0 go list -deps -f "$modules" ./cmd/meca-lsp | LC_ALL=C sort -u | while read -r module version directory; do
  texts=("$directory"/LICENSE "$directory"/LICENSE.txt "$directory"/LICENSE-* "$directory"/NOTICE)
  there=()
  for text in "${texts[@]}"; do
    [ -f "$text" ] && there+=("$text")
  done
  [ "${#there[@]}" -gt 0 ] || { echo "server-notices.sh: $module $version comes without a licence text" >&2; exit 1; }
  printf '\n%s\n\n%s %s\n' "$rule" "$module" "$version"
  for text in "${there[@]}"; do
    echo
    cat "$text"
  done
done
