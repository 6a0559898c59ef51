#!/usr/bin/env bash
# package.sh TARGET...: builds the server for each target and packs it with the extension into meca-lsp-TARGET.vsix.
#
# Everything is cross-built: the server is static Go, so one machine makes the packages of all platforms. Pack on Linux or macOS;
# a zip made on Windows loses the server's executable bit.
set -euo pipefail
cd "$(dirname "$0")"

targets='linux-x64 linux-arm64 alpine-x64 alpine-arm64 darwin-x64 darwin-arm64 win32-x64 win32-arm64'

if [ $# = 0 ]; then
  echo "usage: package.sh TARGET...   (of: $targets, or all)" >&2
  exit 2
fi
[ "$1" = all ] && read -ra chosen <<<"$targets" || chosen=("$@")

for target in "${chosen[@]}"; do
  [[ " $targets " == *" $target "* ]] || { echo "package.sh: no such target: $target (of: $targets)" >&2; exit 2; }
done

[ -d node_modules ] || npm ci --silent

for target in "${chosen[@]}"; do
  os=${target%-*} arch=${target#*-} program=meca-lsp
  case $os in
    alpine) os=linux ;;   # the same static program; VS Code asks for alpine by name
    win32) os=windows program=meca-lsp.exe ;;
  esac
  [ "$arch" = x64 ] && arch=amd64

  rm -rf bin && mkdir bin
  CGO_ENABLED=0 GOOS=$os GOARCH=$arch go -C ../.. build -trimpath -ldflags '-s -w' -o "$PWD/bin/$program" ./cmd/meca-lsp
  npm run --silent package -- --target "$target" >/dev/null
  echo "meca-lsp-$target.vsix"
done
