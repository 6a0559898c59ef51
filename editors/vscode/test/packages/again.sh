#!/usr/bin/env bash
# again.sh TARGET...: packs these targets once more from a copy of the checkout that lies elsewhere, with another umask, time zone,
# language and home, and compares each package byte by byte with the one that lies in editors/vscode.
set -euo pipefail
cd "$(dirname "$0")/../.."
extension=$PWD
repo=$(cd ../.. && pwd)
git -C "$repo" rev-parse --quiet --verify HEAD >/dev/null || { echo "Packing again is left out: $repo is no git checkout." >&2; exit 0; }
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# A clone for the commit, and over it the files as they are now: what is changed here is changed there.
copy=$temporary/elsewhere/meca
umask 002
git clone --quiet "$repo" "$copy"
git -C "$repo" ls-files -z --deleted | (cd "$copy" && xargs -0 -r rm -f)
git -C "$repo" ls-files -z --cached --others --exclude-standard | (cd "$repo" && while IFS= read -r -d '' file; do
  [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --null --files-from=- -cf -) | tar -xf - -C "$copy"
cp -R "$extension/node_modules" "$copy/editors/vscode/node_modules"

mkdir "$temporary/home"
cache=$(go env GOCACHE) modules=$(go env GOMODCACHE)
env -u SOURCE_DATE_EPOCH HOME="$temporary/home" GOCACHE="$cache" GOMODCACHE="$modules" TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
  "$copy/editors/vscode/package.sh" "$@" >/dev/null

failed=0
for target in "$@"; do
  if cmp "$extension/meca-lsp-$target.vsix" "$copy/editors/vscode/meca-lsp-$target.vsix"; then
    echo "meca-lsp-$target.vsix: the same bytes again"
  else
    failed=1
  fi
done
exit "$failed"
