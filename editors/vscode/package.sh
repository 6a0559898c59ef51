#!/usr/bin/env bash
# package.sh TARGET...: builds the server for each target and packs it with the extension into meca-lsp-TARGET.vsix; then says how big
# everything is. The target universal has no server in it, and takes the one on the PATH or at meca.server.path.
#
# Everything is cross-built: the server is static Go, so one machine makes the packages of all platforms. Pack on Linux or macOS;
# a zip made on Windows loses the server's executable bit.
#
# The same commit, Go and Node.js give the same bytes, wherever and whenever it is packed: test/packages/again.sh shows it.
set -euo pipefail
cd "$(dirname "$0")"

targets='linux-x64 linux-arm64 alpine-x64 alpine-arm64 darwin-x64 darwin-arm64 win32-x64 win32-arm64 universal'

if [ $# = 0 ]; then
  echo "usage: package.sh TARGET...   (of: $targets, or all); package.sh list prints them" >&2
  exit 2
fi
[ "$1" != list ] || { echo "$targets"; exit; }
[ "$1" = all ] && read -ra chosen <<<"$targets" || chosen=("$@")

for target in "${chosen[@]}"; do
  [[ " $targets " == *" $target "* ]] || { echo "package.sh: no such target: $target (of: $targets)" >&2; exit 2; }
done

# What the surroundings would add: a time, a time zone, an order, file modes, a CPU to build for. vsce knows SOURCE_DATE_EPOCH, and takes
# the time zone for it and the modes from the files. Without a commit, the time is the first that a zip can hold.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 315532800)}
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C CGO_ENABLED=0 GOAMD64=v1 GOARM64=v8.0
umask 022
rm -rf dist bin
[ -d node_modules ] || npm ci --silent
chmod 644 package.json README.md CHANGELOG.md LICENSE icon.png media/*

# server TARGET: puts the program for the target into bin, with the licences of what is in it. Its version names the commit, also where
# GOFLAGS says otherwise.
server() {
  local os=${1%-*} arch=${1#*-} program=meca-lsp
  case $os in
    alpine) os=linux ;;   # the same static program; VS Code asks for alpine by name
    win32) os=windows program=meca-lsp.exe ;;
  esac
  [ "$arch" = x64 ] && arch=amd64
  export GOOS=$os GOARCH=$arch
  mkdir bin
  go -C ../.. build -trimpath -buildvcs=auto -ldflags '-s -w' -o "$PWD/bin/$program" ./cmd/meca-lsp
  ./server-notices.sh >bin/third-party-notices.txt
}

# Where the pictures and links of the README lead to.
home=$(node -p 'require("./package.json").repository.url.replace(/\.git$/, "")')
bundle=$(node bundle.mjs)
table=
for target in "${chosen[@]}"; do
  rm -rf bin
  package=meca-lsp-$target.vsix program=0
  pack=(node_modules/.bin/vsce package --no-dependencies --out "$package"
    --baseContentUrl "$home/blob/HEAD/editors/vscode" --baseImagesUrl "$home/raw/HEAD/editors/vscode")
  if [ "$target" != universal ]; then
    (server "$target")
    program=$(wc -c <"$(echo bin/meca-lsp*)")
    pack+=(--target "$target")
  fi
  "${pack[@]}" >/dev/null
  table+="$package $(wc -c <"$package") $program"$'\n'
done

printf '\n%s\n\n' "$bundle"
printf '%s' "$table" | awk '
  BEGIN { printf "%-29s %10s  %s\n", "package", "size", "server in it" }
  { printf "%-29s %7.2f MB  %s\n", $1, $2 / 1e6, $3 ? sprintf("%9.2f MB", $3 / 1e6) : "        none" }'
