#!/usr/bin/env bash
# Agents against real Kubernetes API servers: the tests of test/cluster, then two clusters with 1,500 sessions while agents, API
# servers and the license server are killed at random. The programs are built once (.ci/cluster-tools.sh).
# Usage: .ci/verify-cluster.sh [--tests | --short | OPTION...]
#   --tests  only the tests    --short  two minutes of sessions, without the tests    OPTION  of tools/verify/cluster
# If helm is there (.ci/cluster-tools.sh helm), the tests apply what Helm renders, otherwise what the manifest has.
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

programs="$(.ci/cluster-tools.sh)"
export CLUSTER_PROGRAMS="$programs"
if [ -x "$programs/helm" ]; then export HELM="$programs/helm"; fi
if [[ " $* " != *" --short "* ]]; then
  vitest run --config test/cluster/vitest.config.ts
fi
if [ "${1:-}" != --tests ]; then
  node tools/verify/cluster/main.ts --programs "$programs" "$@"
fi
