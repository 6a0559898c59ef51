#!/usr/bin/env bash
# install.sh TARGET...: installs packages from their files in a real VS Code, each in one of its own, and sees whether the server gets
# ready there. Only packages whose server runs on this machine can be shown so. The universal one is shown with and without a server.
set -euo pipefail
cd "$(dirname "$0")/../.."
repo=$(cd ../.. && pwd)

# A directory of the PATH that a job may put a server into; elsewhere on the PATH there is none. VSCODE_CLI says that VS Code was started
# from a terminal, so that it takes the PATH from there and not from a login shell.
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
export SERVER_DIRECTORY=$temporary/bin VSCODE_CLI=1
path=$SERVER_DIRECTORY
IFS=: read -ra directories <<<"$PATH"
for directory in "${directories[@]}"; do
  [ -e "$directory/meca-lsp" ] || path+=:$directory
done
export PATH=$path

for target in "$@"; do
  rm -rf "$SERVER_DIRECTORY" && mkdir "$SERVER_DIRECTORY"
  [ "$target" = universal ] && job=universal || job=package
  JOB=$job VSIX=$PWD/meca-lsp-$target.vsix test/e2e/run.sh "$repo/.cache/e2e/package-$target"
done
