#!/usr/bin/env bash
# stop.sh INSTANCE_DIR: ends the instance with all its children; start.sh made them one process group.
set -euo pipefail
pid=$(cat "$1/pid" 2>/dev/null) || exit 0
kill -TERM -- "-$pid" 2>/dev/null || true
for _ in $(seq 150); do
  kill -0 -- "-$pid" 2>/dev/null || break
  sleep 0.1
done
kill -KILL -- "-$pid" 2>/dev/null || true
rm -f "$1/pid"
