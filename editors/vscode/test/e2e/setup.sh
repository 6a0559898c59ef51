#!/usr/bin/env bash
# setup.sh [DIR]: a real VS Code for the end-to-end test, out of the npm registry and Debian's packages alone.
#
# Puts code-server (VS Code's own server and web workbench) and the Node release it wants into DIR, by default
# <repo>/.cache/vscode. Idempotent: a finished set-up of the same versions is recognised by its stamp and left alone.
# As root it installs the Debian packages that are missing; as another user it names them and stops.
set -euo pipefail

CODE_SERVER=${CODE_SERVER_VERSION:-4.139.1}   # VS Code 1.139.1
NODE=${CODE_SERVER_NODE_VERSION:-24.21.0}     # its major must be code-server's engines.node

here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../../../.." && pwd)
mkdir -p "${1:-$repo/.cache/vscode}"
dir=$(cd "${1:-$repo/.cache/vscode}" && pwd)
stamp=$dir/ready
want="code-server $CODE_SERVER, node $NODE"

say() { printf '%4ds  %s\n' "$SECONDS" "$*"; }

# 1. Debian packages: a browser, a compiler for spdlog, fonts that make readable pictures.
missing=()
for pair in chromium:chromium g++:g++ make:make python3:python3 curl:curl; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
for font in fonts-dejavu-core fonts-inter; do
  dpkg -s "$font" >/dev/null 2>&1 || missing+=("$font")
done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "setup.sh: install these Debian packages first: ${missing[*]}" >&2
    exit 1
  fi
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 -qq update
  apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
  say "$want: already here"
  exit 0
fi
rm -f "$stamp"
printf '*\n' > "$dir/.gitignore"

npm_cli=$(dirname "$(readlink -f "$(command -v npm)")")/npm-cli.js
node_gyp=$(dirname "$npm_cli")/../node_modules/node-gyp/bin/node-gyp.js
export npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false npm_config_loglevel=error

# 2. Node, from npm: the package carries bin/ and include/, so that node-gyp has nothing to download.
rm -rf "$dir/node" && mkdir -p "$dir/node"
(
  cd "$dir/node"
  archive=$(npm pack --silent "node-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')@$NODE" | tail -1)
  tar xzf "$archive" --strip-components=1 package/bin package/include
  rm -f "$archive"
  chmod +x bin/node
)
export PATH="$dir/node/bin:$PATH" npm_config_nodedir="$dir/node"
say "node $(node --version)"

# 3. code-server and the dependencies of the VS Code server inside it (pinned by its own npm-shrinkwrap.json).
cd "$dir"
echo '{ "private": true }' > package.json
node "$npm_cli" install --ignore-scripts --no-save "code-server@$CODE_SERVER" >/dev/null
code_server=$dir/node_modules/code-server
vscode=$code_server/lib/vscode
(cd "$vscode" && node "$npm_cli" install --omit=dev --ignore-scripts >/dev/null)
say "code-server $CODE_SERVER"

# 4. The one native module that ships no prebuilt binary and is needed: output channels are files that spdlog writes.
(cd "$vscode/node_modules/@vscode/spdlog" && node "$node_gyp" rebuild --nodedir="$dir/node" -j2) > "$dir/native.log" 2>&1 ||
  { cat "$dir/native.log" >&2; exit 1; }
say "spdlog compiled"

# 5. What its postinstall script would have linked.
ln -sfn node_modules "$vscode/node_modules.asar"

# 6. Lean: what a test of an extension never touches.
rm -rf "$vscode"/node_modules/@github/copilot* "$vscode"/node_modules/@microsoft/mxc-sdk "$vscode"/extensions/copilot \
  "$vscode"/extensions/mermaid-markdown-features "$vscode"/node_modules/@vscode/spdlog/build/Release/obj.target "$dir/node/include"
for platform in "$vscode"/node_modules/@vscode/ripgrep-universal/bin/* "$vscode"/node_modules/node-pty/prebuilds/*; do
  case $platform in *linux-* | *'*') ;; *) rm -rf "$platform" ;; esac
done

cat > "$dir/code-server" <<SH
#!/bin/sh
exec "$dir/node/bin/node" "$code_server/out/node/entry.js" "\$@"
SH
chmod +x "$dir/code-server"
"$dir/code-server" --version >/dev/null
echo "$want" > "$stamp"
say "$want: ready, $(du -sm "$dir" | cut -f1) MB in $dir"
