#!/usr/bin/env bash
# Builds the image and refuses one that is too large. Usage: image.sh NAME:TAG
set -euo pipefail
cd "$(dirname "$0")/../.."
image=$1 most=$((180 * 1000 * 1000))
docker build --pull --tag "$image" .
# As it is sent: compressed.
bytes=$(docker save "$image" | gzip -6 | wc -c)
echo "$image: $((bytes / 1000 / 1000)) MB compressed"
[ "$bytes" -le "$most" ] || { echo "image: at most $((most / 1000 / 1000)) MB"; exit 1; }
[ "$(docker run --rm --read-only --cap-drop ALL --entrypoint node "$image" -p 'process.getuid()')" = 1000 ] || { echo "image: it runs as another user than 1000"; exit 1; }
