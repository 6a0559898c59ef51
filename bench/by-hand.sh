#!/usr/bin/env bash
# by-hand.sh FOLDER: what a person types to try a task, once: build, run, wait for the ready line, send the example, compare, remove.
# Prints the milliseconds of each phase and of all: build run ready port request remove total. The image stays, as ours does.
set -euo pipefail
cd "$1"
export DOCKER_BUILDKIT=0
tag=meca-bench-by-hand id=
trap '[ -z "$id" ] || docker rm -f "$id" >/dev/null' EXIT
now() { local t=$EPOCHREALTIME; echo "${t/[.,]/}"; } # microseconds, without a process for it
step() { local t; t=$(now); line+="$((t - last)) "; last=$(now); }

first=$(now) last=$first line=
docker build -t $tag . >/dev/null 2>&1
step
id=$(docker run -d -p 127.0.0.1::8080 --cpus 1 -m 128m $tag)
step
until docker logs "$id" 2>&1 | grep -q meca-init-done; do sleep 0.05; done
step
address=$(docker port "$id" 8080/tcp | head -n 1)
step
curl -s --max-time 5 --noproxy '*' -X POST -H 'Content-Type: application/json' --data-binary @example_input.bin "http://$address/" | cmp - example_output.bin
step
docker rm -f "$id" >/dev/null
step
id=
echo "$line$((last - first))"
