#!/usr/bin/env bash
# demo.sh: the main job, shown on the terminal: check the examples, show a fault and mend it, build and run a task in a container.
# It works on copies; the engine is what internal/machine/with-engine.sh found.
set -euo pipefail
cd "$(dirname "$0")/../.."
meca=$PWD/bin/meca-lsp
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

title() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
show() { printf '\033[2m$ %s\033[0m\n' "$*"; }

title "1. The examples are checked"
show meca-lsp check examples
"$meca" check examples

title "2. A fault is shown"
cp -r examples/echo "$tmp/echo"
cat >"$tmp/echo/config.json" <<'JSON'
{
  "resource": {
    "cpu": "1",
    "memory": 128
  }
}
JSON
sed -i '/EXPOSE/d' "$tmp/echo/Dockerfile"
cat "$tmp/echo/config.json"
show meca-lsp check echo
(cd "$tmp" && "$meca" check echo) || true

title "3. It is mended"
show meca-lsp fix echo
(cd "$tmp" && "$meca" fix echo)
cat "$tmp/echo/config.json"
show meca-lsp check echo
(cd "$tmp" && "$meca" check echo)

title "4. The task is built and run in a container, against its example"
if [ "${MECA_TEST_ENGINE:-}" = absent ]; then
  echo "There is no container engine here, so this part is left out. Start Docker, or set DOCKER_HOST, and run: bin/meca-lsp run examples/echo"
else
  show meca-lsp run echo
  (cd "$tmp" && "$meca" run echo)
  title "   ... and again: nothing has changed, so nothing is built; as a host of today, too"
  show meca-lsp run --as both echo
  (cd "$tmp" && "$meca" run --as both echo)
  show meca-lsp clean echo
  (cd "$tmp" && "$meca" clean echo)
fi

title "5. The same in VS Code"
cat <<'TEXT'
  make vsix                                        # editors/vscode/meca-lsp-*.vsix
  code --install-extension editors/vscode/meca-lsp-*.vsix
  code examples                                    # open echo/config.json: lens, light bulb, hover
TEXT
