#!/usr/bin/env bash
# Checks the chart of the agent with helm: `helm lint`, and that it renders the objects that `license-server agent manifest` prints,
# for several sets of values. Helm is built once (.ci/cluster-tools.sh).
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

helm="$(.ci/cluster-tools.sh helm)/helm"
scratch
node tools/verify/chart/main.ts "$helm" "$work"
