#!/usr/bin/env bash
# Starts this image, by digest, on a machine with Docker, and waits until it is healthy. Usage: DOCKER_HOST=ssh://user@host deploy.sh NAME@sha256:…
# The environment holds what .env holds on one machine: docs/deploy/containers.md. If it does not get healthy, what ran before is started again.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -n "${SSH_KEY:-}" ]; then
  # Of a host that is known, and of no other.
  mkdir -p ~/.ssh && (umask 077 && printf '%s\n' "$SSH_KEY" >~/.ssh/id_ed25519 && printf '%s\n' "$SSH_KNOWN_HOSTS" >~/.ssh/known_hosts)
fi
case ${1:-} in *@sha256:*) ;; *) echo "deploy: name the image by its digest, as deploy/ci/push.sh prints it"; exit 2 ;; esac
before=$(docker inspect --format '{{.Config.Image}}' "$(docker compose ps --quiet api | head -n 1)" 2>/dev/null || true)
start() { TILLWAY_IMAGE=$1 docker compose up --no-build --detach --wait --wait-timeout "${WAIT_SECONDS:-180}"; }
start "$1" && exit 0
docker compose logs --tail 50 api worker migrate >&2
[ -z "$before" ] || { echo "deploy: back to $before"; start "$before"; }
exit 1
