#!/usr/bin/env bash
# Known holes in the image: one that is high or critical, and for which there is a cure, is refused. Usage: scan.sh NAME:TAG
set -euo pipefail
exec docker run --rm --volume /var/run/docker.sock:/var/run/docker.sock:ro "${TRIVY_IMAGE:-aquasec/trivy:0.58.1}" \
  image --severity HIGH,CRITICAL --ignore-unfixed --exit-code 1 --no-progress "$1"
