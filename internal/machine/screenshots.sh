#!/usr/bin/env bash
# screenshots.sh: makes the pictures of the READMEs and of the walkthrough anew, out of the end-to-end test in the real VS Code.
# screenshots.txt says which job's picture goes where: JOB STEP FILE; a detail is a part of the page that a job cut out.
set -euo pipefail
cd "$(dirname "$0")/../.."
shots=$(mktemp -d)
trap 'rm -rf "$shots"' EXIT
for job in $(cut -d' ' -f1 internal/machine/screenshots.txt | uniq); do
  JOB=$job editors/vscode/test/e2e/run.sh "$shots/$job"
done
while read -r job step file; do
  pictures=("$shots/$job/"*"$step.png")
  cp "${pictures[0]}" "$file"
  echo "$file"
done <internal/machine/screenshots.txt
