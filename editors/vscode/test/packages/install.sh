#!/usr/bin/env bash
# install.sh TARGET...: installs packages from their files in a real VS Code, each in one of its own, and sees whether the server gets
# ready there. Only packages whose server runs on this machine can be shown so. The universal one is shown with and without a server.
set -euo pipefail
cd "$(dirname "$0")/../.."
repo=$(cd ../.. && pwd)

# The universal job's directory on the PATH, where it puts a server in; there is no server elsewhere on the PATH. VSCODE_CLI says that VS
# Code was started from a terminal, so that it takes the PATH from there and not from a login shell.
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
path=$elsewhere
IFS=: read -ra directories <<<"$PATH"
for directory in "${directories[@]}"; do
  [ -e "$directory/meca-lsp" ] || path+=:$directory
done

for target in "$@"; do
  export VSIX=$PWD/meca-lsp-$target.vsix
  if [ "$target" = universal ]; then
    JOB=universal PATH=$path SERVER_DIRECTORY=$elsewhere VSCODE_CLI=1 test/e2e/run.sh "$repo/.cache/e2e/universal"
  else
    JOB=package test/e2e/run.sh "$repo/.cache/e2e/package-$target"
  fi
done
