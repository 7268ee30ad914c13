#!/usr/bin/env bash
# The local server under a team at full speed: nothing of it may grow, and in the end its report must be what was sent.
# Usage: .ci/verify-soak.sh [--minutes 1] [--samples <file>]
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

echo "verify-soak: memory, handles and the database of the local server under load"
node tools/verify/soak/main.ts "$@"
