#!/usr/bin/env bash
# A payment at a Tillway that runs: made, repeated without a second charge, given back. Usage: TILLWAY_OPERATOR_KEY=… smoke.sh http://localhost:8000
set -euo pipefail
exec node "$(dirname "$0")/smoke.mjs" "$@"
