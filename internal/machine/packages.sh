#!/usr/bin/env bash
# packages.sh PROGRAM=PACKAGE...: sees to it that programs are there. As root it installs the Debian packages of those that are not;
# else it says which to install, and fails.
set -euo pipefail
missing=()
for pair in "$@"; do
  command -v "${pair%%=*}" >/dev/null 2>&1 || missing+=("${pair#*=}")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Please install: ${missing[*]}" >&2
  exit 1
fi
echo "Installing ${missing[*]} ..." >&2
export DEBIAN_FRONTEND=noninteractive
# Another program may hold the lock, and a mirror may fail for a moment.
apt() { apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >/dev/null; }
apt update
apt install -y --no-install-recommends "${missing[@]}"
