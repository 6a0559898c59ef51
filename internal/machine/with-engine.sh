#!/usr/bin/env bash
# with-engine.sh COMMAND...: runs a command with a container engine. Where one answers (DOCKER_HOST, or Docker's default), that one is
# used; else, as root, an engine of our own is started on a socket of its own and ended afterwards. Where neither can be had, it says
# what to do, and runs the command with MECA_TEST_ENGINE=absent.
set -euo pipefail
repo=$(cd "$(dirname "$0")/../.." && pwd)
cache=${MECA_CACHE:-$repo/.cache}

answers() { timeout 10 docker version >/dev/null 2>&1; }

# A socket's path must be short, wherever the checkout lies.
start() {
  "$repo/internal/machine/packages.sh" dockerd=docker.io docker=docker.io iptables=iptables || return 1
  [ "$(id -u)" -eq 0 ] || { echo "No Docker engine answers. Start Docker, or set DOCKER_HOST." >&2; return 1; }
  run=$(mktemp -d "${TMPDIR:-/tmp}/meca-engine-XXXXXX")
  mkdir -p "$cache/engine"
  dockerd --data-root "$cache/engine/data" --exec-root "$run/exec" -H "unix://$run/docker.sock" -p "$run/pid" >"$cache/engine/log" 2>&1 &
  engine=$!
  export DOCKER_HOST="unix://$run/docker.sock"
  for _ in $(seq 1200); do # a cold machine takes its time
    answers && return 0
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  echo "The Docker engine did not start:" >&2
  tail -5 "$cache/engine/log" >&2
  return 1
}

stop() {
  [ -n "${engine:-}" ] || return 0
  kill "$engine" 2>/dev/null || true
  wait "$engine" 2>/dev/null || true
  rm -rf "$run"
}
trap stop EXIT

if answers; then
  export MECA_TEST_ENGINE=required
elif start; then
  export MECA_TEST_ENGINE=required
else
  unset DOCKER_HOST
  export MECA_TEST_ENGINE=absent
fi
"$@"
