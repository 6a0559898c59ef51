#!/usr/bin/env bash
# vscode-tests.sh: the extension's own tests, its packages for this machine, then the end-to-end test in a real VS Code. Without a
# container engine the latter is left out, and says so.
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
JOB=main test/e2e/run.sh
for job in testing start engineless crash restricted; do
  JOB=$job test/e2e/run.sh "../../.cache/e2e/$job"
done
