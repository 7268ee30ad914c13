#!/usr/bin/env bash
# Runs the local server under a team at full speed. Its memory, handles and database must not grow, and in the end its report must
# equal what was sent.
# Usage: .ci/verify-soak.sh [--minutes 1] [--samples <file>]
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

echo "verify-soak: memory, handles and the database of the local server under load"
node tools/verify/soak/main.ts "$@"
