#!/usr/bin/env bash
# stop.sh INSTANCE_DIR: ends the instance with all its children; start.sh made them one process group.
set -euo pipefail
pid=$(cat "$1/pid" 2>/dev/null) || exit 0
for signal in TERM KILL; do
  kill "-$signal" -- "-$pid" 2>/dev/null || break
  for _ in $(seq 150); do
    kill -0 -- "-$pid" 2>/dev/null || break
    sleep 0.1
  done
done
rm -f "$1/pid"
