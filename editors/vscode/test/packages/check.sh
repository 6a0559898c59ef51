#!/usr/bin/env bash
# check.sh TARGET...: whether the packages that package.sh made of these targets hold what they should; see packages.test.ts.
set -euo pipefail
cd "$(dirname "$0")/../.."
rm -rf out/packages
node_modules/.bin/esbuild test/packages/packages.test.ts --bundle --outdir=out/packages --format=cjs --platform=node --target=node20 \
  --sourcemap=inline --log-level=warning
TARGETS="$*" node --test --enable-source-maps out/packages/packages.test.js
