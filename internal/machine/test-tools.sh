#!/usr/bin/env bash
# test-tools.sh: as root, installs what some tests need beside the engine: another engine, an ssh server, other editors. Where something cannot be had,
# its tests are left out, and say so.
set -euo pipefail
cd "$(dirname "$0")"
[ "$(id -u)" -eq 0 ] || exit 0

want() { ./packages.sh "$@" || echo "Its tests are left out." >&2; }

want podman=podman
# Where a service manager runs, installing the package would open the machine to ssh.
[ -d /run/systemd/system ] || want ssh=openssh-client sshd=openssh-server ps=procps
./editors.sh || echo "The tests of Neovim and Emacs are left out." >&2
