#!/usr/bin/env bash
# screenshots.sh: makes the README's pictures anew, out of the end-to-end test in the real VS Code.
set -euo pipefail
cd "$(dirname "$0")/../.."
shots=$(mktemp -d)
trap 'rm -rf "$shots"' EXIT
editors/vscode/test/e2e/run.sh "$shots"
while read -r name picture; do
  cp "$shots"/*-"$name".png "docs/images/$picture.png"
done <internal/machine/screenshots.txt
