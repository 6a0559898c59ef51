#!/usr/bin/env bash
# second-validator.sh: installs the JSON Schema validator that package schema's tests compare with (ajv, in the versions of
# internal/machine/ajv/package-lock.json) into the cache, unless it is there.
set -euo pipefail
repo=$(cd "$(dirname "$0")/../.." && pwd)
source=$repo/internal/machine/ajv
installed=$repo/.cache/ajv
cmp -s "$source/package-lock.json" "$installed/node_modules/.installed" && exit 0
"$repo/internal/machine/packages.sh" node=nodejs npm=npm
mkdir -p "$installed"
cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$installed"
(cd "$installed" && npm ci --silent)
cp "$source/package-lock.json" "$installed/node_modules/.installed"
