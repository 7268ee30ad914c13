#!/usr/bin/env bash
# The local server under a team at full speed: nothing of it may grow, and in the end its report must be what was sent.
# Usage: .ci/verify-soak.sh [--minutes 1] [--samples <file>]
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

echo "verify-soak: memory, handles and the database of the local server under load"
node tools/verify/soak/main.ts "$@"
