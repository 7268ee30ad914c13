#!/usr/bin/env bash
# Runs the functions of the previous release and of this one over one table at the same time, forward and back, under a working
# team. Then operators of the previous release call this one, and an agent of this release calls the previous one. Before that, it
# checks that docs/upgrades.md explains each difference between the default templates.
# Usage: .ci/verify-upgrade.sh [--seconds <how long each of the six phases works live>]
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

scratch
# shellcheck disable=SC2154 # unpack_earlier sets $why
unpack_earlier "$work/earlier" || skip "NO RELEASE WAS COMPARED WITH THIS ONE" "$why"

echo "verify-upgrade: $(git log -1 --format='%h of %cs' "$earlier") against this release"
node tools/verify/upgrade/templates.ts "$work/earlier"
node tools/verify/upgrade/main.ts --earlier "$work/earlier" "$@"
