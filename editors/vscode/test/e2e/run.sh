#!/usr/bin/env bash
# run.sh [SHOTS_DIR]: the end-to-end test in the real VS Code, from set-up to shut-down; its exit code is the verdict.
#
# Pictures of every step go to SHOTS_DIR, by default <repo>/.cache/e2e/shots. Needs a container engine: DOCKER_HOST, or the usual
# socket. VSIX=FILE tests that package instead of building one. JOB is the job to do: main (the default),
# testing, several, start, engineless, crash, restricted. VSCODE is the version to do it in: 1.139 (the default) or 1.100.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
extension=$(cd "$here/../.." && pwd)
repo=$(cd "$extension/../.." && pwd)
cache=$repo/.cache
mkdir -p "$cache/e2e" "${1:-$cache/e2e/shots}"
printf '*\n' >"$cache/e2e/.gitignore"
shots=$(cd "${1:-$cache/e2e/shots}" && pwd)
job=${JOB:-main}
[ "$job" = restricted ] && export VSCODE_OPTIONS=   # the only job that wants workspace trust to be on
[ "$job" = engineless ] && export DOCKER_HOST=unix:///nowhere/docker.sock

version=${VSCODE:-1.139}
vscode=$cache/vscode-$version
"$here/setup.sh" "$vscode" "$version"
[ -d "$extension/node_modules" ] || (cd "$extension" && npm ci --silent)
if [ -z "${VSIX:-}" ]; then
  target=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
  "$extension/package.sh" "$target"
  VSIX=$extension/meca-lsp-$target.vsix
fi

temporary=$(mktemp -d)
stop() {
  "$here/stop.sh" "$temporary/instance" || true
  # The images that runs keep are of folders that are gone now.
  { cat "$temporary/folders"; find "$temporary" -name instance -prune -o -name config.json -printf '%h\0'; } 2>/dev/null | sort -zu |
    xargs -0 -r "$temporary"/instance/extensions/*/bin/meca-lsp clean >/dev/null 2>&1 || true
  rm -rf "$temporary"
}
trap stop EXIT

url=$("$here/start.sh" "$vscode" "$temporary/instance" "$VSIX")
find "$shots" -maxdepth 1 -name '*.png' -delete
node "$here/$job-job.mjs" "$url" "$temporary" "$shots"
