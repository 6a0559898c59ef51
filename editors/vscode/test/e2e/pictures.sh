#!/usr/bin/env bash
# pictures.sh SHOTS_DIR...: takes the walkthrough's pictures out of what the end-to-end jobs main, testing and start left there.
set -euo pipefail
media=$(cd "$(dirname "$0")/../../media" && pwd)
for shots in "$@"; do
  for picture in "$shots"/detail-*.png; do
    [ -e "$picture" ] || continue
    name=${picture##*/detail-}
    cp "$picture" "$media/$name"
    echo "media/$name"
  done
done
