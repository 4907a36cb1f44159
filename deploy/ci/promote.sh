#!/usr/bin/env bash
# Gives the image that was tried a name for good, without building it anew. Usage: promote.sh NAME@sha256:… VERSION
set -euo pipefail
case $1 in *@sha256:*) ;; *) echo "promote: name the image by its digest"; exit 2 ;; esac
if [ -n "${REGISTRY_TOKEN:-}" ]; then printf %s "$REGISTRY_TOKEN" | docker login --username "$REGISTRY_USER" --password-stdin "${1%%/*}"; fi
docker buildx imagetools create --tag "${1%@*}:$2" "$1"
