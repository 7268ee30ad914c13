#!/usr/bin/env bash
# Lints the templates of the default and of a full configuration: with CloudFormation Guard's rules, whose binary the
# project's packages bring along, and with cfn-lint, which this installs into a virtual environment of its own (Python 3.9 or
# newer). Needs no AWS account.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

CFN_LINT=1.58.0

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv" 2>/dev/null || {
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
  python3 -m venv "$work/venv"
}
"$work/venv/bin/pip" install --quiet --disable-pip-version-check "cfn-lint==$CFN_LINT"

node tools/verify/templates/main.ts "$work/venv/bin/cfn-lint"
