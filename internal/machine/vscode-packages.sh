#!/usr/bin/env bash
# vscode-packages.sh: makes the extension's packages for every platform, sees what is in them, makes them again elsewhere, and installs
# those that run here in a real VS Code. Those of other platforms are only looked into: there is no such machine.
set -euo pipefail
cd "$(dirname "$0")/../../editors/vscode"
npm ci --silent --no-fund --no-audit
read -ra targets <<<"$(./package.sh list)"
./package.sh "${targets[@]}"
test/packages/check.sh "${targets[@]}"
test/packages/again.sh "${targets[@]}"
arch=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
test/packages/install.sh universal "linux-$arch" "alpine-$arch"
