#!/usr/bin/env bash
# vscode-tests.sh: the extension's own tests, its packages for this machine, then the end-to-end test in the real VS Code, the newest with
# all jobs and an old one with those about running. Without a container engine the latter is left out, and says so.
set -euo pipefail
cd "$(dirname "$0")/../../editors/vscode"
npm ci --silent --no-fund --no-audit
npm run --silent check
npm test --silent
target=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
./package.sh "$target" universal
test/packages/check.sh "$target" universal
test/packages/again.sh "$target" universal
if [ "${MECA_TEST_ENGINE:-}" = absent ]; then
  echo "The end-to-end test in VS Code is left out: it runs tasks, and there is no container engine." >&2
  exit 0
fi
test/packages/install.sh universal
export VSIX=$PWD/meca-lsp-$target.vsix
cache=$(cd ../.. && pwd)/.cache

# job VERSION JOB: tells how it went in one line, after all that it said where it failed. Its pictures and its log stay.
job() {
  local shots=$cache/e2e/$1/$2 result='ok  '
  mkdir -p "$shots"
  SECONDS=0
  VSCODE=$1 JOB=$2 test/e2e/run.sh "$shots" >"$shots/log" 2>&1 || result=FAIL
  [ "$result" = 'ok  ' ] || cat "$shots/log"
  printf '%s %4d s  VS Code %s: %s\n' "$result" "$SECONDS" "$1" "$2"
  [ "$result" = 'ok  ' ]
}
export -f job
export cache

for version in 1.139 1.100; do
  test/e2e/setup.sh "$cache/vscode-$version" "$version"
done
# Two at a time: each has an instance of its own, and spends half its time waiting.
xargs -n 2 -P 2 bash -euo pipefail -c 'job "$@"' job <<'JOBS'
1.139 several
1.139 testing
1.139 main
1.139 start
1.139 crash
1.139 restricted
1.139 engineless
1.100 main
1.100 testing
1.100 several
JOBS
