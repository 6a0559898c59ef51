#!/usr/bin/env bash
# start.sh VSCODE_DIR INSTANCE_DIR [VSIX...]: starts a throw-away VS Code with the extensions given; prints its URL.
#
# The instance has its own settings (settings.json beside this file), extensions, home, and a port that nobody else has. VSCODE_OPTIONS adds
# options to code-server; without any, every workspace is trusted. The environment, DOCKER_HOST with it, reaches the language server.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
vscode=$(cd "$1" && pwd)
mkdir -p "$2" && instance=$(cd "$2" && pwd)
shift 2

mkdir -p "$instance/data/User" "$instance/extensions" "$instance/home" "$instance/t"
cp "$here/settings.json" "$instance/data/User/settings.json"

# A home of its own, where code-server makes its settings; a TMPDIR of its own, of a short name: VS Code leaves sockets there. What is
# unset would give it another address, or take its word about it away.
export DOCKER_CONFIG=${DOCKER_CONFIG:-$HOME/.docker} HOME=$instance/home TMPDIR=$instance/t
unset PORT CODE_SERVER_HOST LOG_LEVEL
where=(--user-data-dir "$instance/data" --extensions-dir "$instance/extensions")
for vsix in "$@"; do
  "$vscode/code-server" "${where[@]}" --install-extension "$vsix" --force >"$instance/install.log" 2>&1 || { cat "$instance/install.log" >&2; exit 1; }
done

# Without the grace time of 1 s, a closed window's extension host and language server would live on for three hours. The old version has
# no such option: there a page that is left ends them, one that is killed does not.
grace=()
[[ $("$vscode/code-server" --help) != *--reconnection-grace-time* ]] || grace=(--reconnection-grace-time 1)

: >"$instance/log"
setsid "$vscode/code-server" "${where[@]}" \
  --auth none --bind-addr 127.0.0.1:0 --config /dev/null --disable-telemetry --disable-update-check \
  --disable-getting-started-override --ignore-last-opened "${grace[@]}" ${VSCODE_OPTIONS---disable-workspace-trust} \
  >"$instance/log" 2>&1 </dev/null &
pid=$!
echo "$pid" >"$instance/pid"

# It says where it listens once it does: the port is chosen by the system then, so that no other program can come in between.
for _ in $(seq 1200); do
  url=$(sed -n 's|.*HTTP server listening on \(http://127\.0\.0\.1:[0-9]*\).*|\1|p' "$instance/log")
  if [ -n "$url" ]; then
    echo "$url"
    exit 0
  fi
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.1
done
cat "$instance/log" >&2
exit 1
