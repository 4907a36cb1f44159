#!/usr/bin/env bash
# What comes from others: licences of what is shipped, known holes in it, signatures of the packages, and a list of them in CycloneDX.
# Usage: supply.sh [sbom.json]
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -d node_modules ] || npm ci --no-audit --no-fund
node scripts/licences.mjs
npm audit --omit=dev --audit-level="${AUDIT_LEVEL:-high}"
npm audit signatures
node scripts/sbom.mjs "${1:-sbom.json}"
