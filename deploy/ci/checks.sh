#!/usr/bin/env bash
# Types, lint, format, documents; what deploy/ holds; short proofs with random faults and kill -9. After deploy/ci/test.sh, or `npm ci`.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -d node_modules ] || npm ci --no-audit --no-fund
npm run check
npm run check:deploy
[ "${PROOF:-yes}" != yes ] || npm run proof
