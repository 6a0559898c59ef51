#!/usr/bin/env bash
# setup.sh DIR [1.139|1.100]: a real VS Code of that version for the end-to-end test, out of the npm registry and Debian's packages alone.
#
# Puts code-server (VS Code's own server and web workbench) and the Node release it wants into DIR. Idempotent: a finished set-up of
# the same versions is recognised by its stamp and left alone. As root it installs the Debian packages that are missing; as another
# user it names them and stops.
set -euo pipefail

packages=(chromium:chromium g++:g++ make:make python3:python3 curl:curl)   # COMMAND:PACKAGE
case ${2:-1.139} in   # the major of Node must be code-server's engines.node
  1.139) code_server_version=4.139.1 node_version=24.21.0 ;;
  1.100) code_server_version=4.100.3 node_version=20.20.2 && packages+=(rg:ripgrep) ;;
  *) echo "setup.sh: no such version: $2 (of: 1.139 1.100)" >&2; exit 2 ;;
esac
mkdir -p "$1"
dir=$(cd "$1" && pwd)
stamp=$dir/ready
want="code-server $code_server_version, node $node_version, set-up 2"   # the last number counts the changes of what is done below

say() { printf '%4ds  %s\n' "$SECONDS" "$*"; }
# again COMMAND...: up to three times, for what comes over the network.
again() {
  for _ in 1 2; do
    "$@" && return
    say "once more: $*" >&2
  done
  "$@"
}

# 1. Debian packages: a browser, a compiler for native modules, fonts that make readable pictures.
missing=()
for pair in "${packages[@]}"; do
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
  debian() {
    apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq update &&
      apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
  }
  again debian
fi

if [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
  say "$want: already here"
  exit 0
fi
rm -f "$stamp"
printf '*\n' > "$dir/.gitignore"

npm_cli=$(dirname "$(readlink -f "$(command -v npm)")")/npm-cli.js
node_gyp=$(dirname "$npm_cli")/../node_modules/node-gyp/bin/node-gyp.js
export npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false npm_config_loglevel=error npm_config_fetch_retries=5

# 2. Node, from npm: the package carries bin/ and include/, so that node-gyp has nothing to download.
rm -rf "$dir/node" && mkdir -p "$dir/node"
(
  cd "$dir/node"
  archive=$(again npm pack --silent "node-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')@$node_version" | tail -1)
  tar xzf "$archive" --strip-components=1 package/bin package/include
  rm -f "$archive"
  chmod +x bin/node
)
export PATH="$dir/node/bin:$PATH" npm_config_nodedir="$dir/node"
say "node $(node --version)"

# 3. code-server and the dependencies of the VS Code server inside it (pinned by its own npm-shrinkwrap.json).
cd "$dir"
echo '{ "private": true }' > package.json
again node "$npm_cli" install --ignore-scripts --no-save "code-server@$code_server_version" >/dev/null
code_server=$dir/node_modules/code-server
vscode=$code_server/lib/vscode
(cd "$vscode" && again node "$npm_cli" install --omit=dev --ignore-scripts >/dev/null)
say "code-server $code_server_version"

# 4. Native modules that ship no prebuilt binary and are needed. Output channels are files that spdlog writes; the old version has to
# have node-pty and argon2 compiled too. node-gyp is called by itself: node-pty's own install script would fetch more.
compile() {   # NAME COMMAND...
  "${@:2}" > "$dir/native.log" 2>&1 || { cat "$dir/native.log" >&2; exit 1; }
  say "$1 compiled"
}
gyp() (cd "$1" && node "$node_gyp" rebuild --nodedir="$dir/node" -j2)
compile spdlog gyp "$vscode/node_modules/@vscode/spdlog"
[ -e "$vscode/node_modules/node-pty/prebuilds" ] || compile node-pty gyp "$vscode/node_modules/node-pty"
[ -e "$dir/node_modules/argon2/prebuilds" ] || npm_config_build_from_source=true compile argon2 node "$npm_cli" rebuild --foreground-scripts argon2

# 5. What its postinstall script would have linked.
ln -sfn node_modules "$vscode/node_modules.asar"
if [ -d "$vscode/node_modules/@vscode/ripgrep" ]; then
  mkdir -p "$vscode/node_modules/@vscode/ripgrep/bin"
  ln -sfn "$(command -v rg)" "$vscode/node_modules/@vscode/ripgrep/bin/rg"
fi

# 6. Lean: what a test of an extension never touches.
rm -rf "$vscode"/node_modules/@github/copilot* "$vscode"/node_modules/@microsoft/mxc-sdk "$vscode"/extensions/copilot \
  "$vscode"/extensions/mermaid-markdown-features "$vscode"/node_modules/{@vscode/spdlog,node-pty}/build/Release/obj.target "$dir/node/include"
for platform in "$vscode"/node_modules/@vscode/ripgrep-universal/bin/* "$vscode"/node_modules/node-pty/prebuilds/*; do
  case $platform in *linux-* | *'*') ;; *) rm -rf "$platform" ;; esac
done

# By its own place, so that the directory may be moved or copied.
cat > "$dir/code-server" <<'SH'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/node/bin/node" "$here/node_modules/code-server/out/node/entry.js" "$@"
SH
chmod +x "$dir/code-server"
"$dir/code-server" --version >/dev/null
echo "$want" > "$stamp"
say "$want: ready, $(du -sm "$dir" | cut -f1) MB in $dir"
