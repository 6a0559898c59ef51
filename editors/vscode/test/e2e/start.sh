#!/usr/bin/env bash
# start.sh VSCODE_DIR INSTANCE_DIR PORT [VSIX...]: starts a throw-away VS Code with the extensions given; prints its URL.
#
# The instance has its own settings (settings.json beside this file), extensions and home. VSCODE_OPTIONS adds options to
# code-server; without any, every workspace is trusted. The environment, DOCKER_HOST with it, reaches the language server.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
vscode=$(cd "$1" && pwd)
mkdir -p "$2" && instance=$(cd "$2" && pwd)
port=$3
shift 3

if curl -fs "http://127.0.0.1:$port/healthz" >/dev/null 2>&1; then
  echo "start.sh: port $port is taken" >&2
  exit 1
fi

mkdir -p "$instance/data/User" "$instance/extensions" "$instance/home" "$instance/t"
cp "$here/settings.json" "$instance/data/User/settings.json"
where=(--user-data-dir "$instance/data" --extensions-dir "$instance/extensions")
for vsix in "$@"; do
  "$vscode/code-server" "${where[@]}" --install-extension "$vsix" --force >"$instance/install.log" 2>&1 || { cat "$instance/install.log" >&2; exit 1; }
done

# Without the grace time of 1 s, a closed window's extension host and language server would live on for three hours. The old version has
# no such option: there a page that is left ends them, one that is killed does not.
grace=()
[[ $("$vscode/code-server" --help) != *--reconnection-grace-time* ]] || grace=(--reconnection-grace-time 1)

# A TMPDIR of its own, of a short name: VS Code leaves sockets there.
DOCKER_CONFIG=${DOCKER_CONFIG:-$HOME/.docker} HOME=$instance/home TMPDIR=$instance/t setsid "$vscode/code-server" "${where[@]}" \
  --auth none --bind-addr "127.0.0.1:$port" --config /dev/null --disable-telemetry --disable-update-check \
  --disable-getting-started-override --ignore-last-opened "${grace[@]}" ${VSCODE_OPTIONS---disable-workspace-trust} \
  >"$instance/log" 2>&1 </dev/null &
echo $! >"$instance/pid"

for _ in $(seq 200); do
  if curl -fs "http://127.0.0.1:$port/healthz" >/dev/null 2>&1; then
    echo "http://127.0.0.1:$port"
    exit 0
  fi
  sleep 0.1
done
cat "$instance/log" >&2
exit 1
