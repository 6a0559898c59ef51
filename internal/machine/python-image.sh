#!/usr/bin/env bash
# python-image.sh: a stand-in for the public Python images, made of Debian packages, so that Flask task folders build where no image can
# be pulled. It imports python:3.9-slim into the engine, unless the engine has an image of that name. It is Debian's Python with Flask
# and pip: a stand-in, good for tests only. Needs root and debootstrap; a minute the first time, a few seconds from the cache.
set -euo pipefail
repo=$(cd "$(dirname "$0")/../.." && pwd)
cache=${MECA_CACHE:-$repo/.cache}/python-image
docker image inspect python:3.9-slim >/dev/null 2>&1 && exit 0
if [ ! -f "$cache/root.tar" ]; then
  [ "$(id -u)" -eq 0 ] || { echo "The stand-in for python:3.9-slim needs root." >&2; exit 1; }
  "$repo/internal/machine/packages.sh" debootstrap=debootstrap
  rm -rf "$cache"
  mkdir -p "$cache"
  debootstrap --variant=minbase --include=python3,python3-flask,python3-pip bookworm "$cache/root" >"$cache/log" 2>&1 ||
    { tail -5 "$cache/log" >&2; exit 1; }
  ln -sf python3 "$cache/root/usr/bin/python"
  rm -rf "$cache"/root/var/cache/apt/archives/*.deb "$cache"/root/var/lib/apt/lists/* "$cache"/root/usr/share/{doc,man,locale}
  tar -C "$cache/root" -c . >"$cache/root.tar.new"
  mv "$cache/root.tar.new" "$cache/root.tar"
  rm -rf "$cache/root"
fi
docker import --change 'ENV PIP_BREAK_SYSTEM_PACKAGES=1 PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' --change 'CMD ["python3"]' \
  "$cache/root.tar" python:3.9-slim >/dev/null
