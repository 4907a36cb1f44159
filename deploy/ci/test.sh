#!/usr/bin/env bash
# Installs from the lock file, builds, and runs all tests. With DATABASE_URL on that server as well; tests of engines that are not there are skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
npm ci --no-audit --no-fund
REQUIRE_SERVICES=${REQUIRE_SERVICES:-0} npm test
