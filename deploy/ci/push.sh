#!/usr/bin/env bash
# Sends the image, and prints its name by digest as the last line: what is deployed later is these bytes. Usage: push.sh NAME:TAG
# REGISTRY_USER and REGISTRY_TOKEN sign in; without them docker is signed in already.
set -euo pipefail
image=$1
if [ -n "${REGISTRY_TOKEN:-}" ]; then printf %s "$REGISTRY_TOKEN" | docker login --username "$REGISTRY_USER" --password-stdin "${image%%/*}" >&2; fi
docker push "$image" >&2
pushed=$(docker inspect --format '{{index .RepoDigests 0}}' "$image")
[ -z "${GITHUB_OUTPUT:-}" ] || printf 'image=%s\ndigest=%s\n' "$pushed" "${pushed##*@}" >>"$GITHUB_OUTPUT"
echo "$pushed"
