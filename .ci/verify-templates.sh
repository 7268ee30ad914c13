#!/usr/bin/env bash
# Lints the templates of the default and of a full configuration: with the rules of CloudFormation Guard, whose binary comes with
# the project's packages, and with cfn-lint, which it installs into a virtual environment (Python 3.9 or newer). Needs no AWS
# account.
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

CFN_LINT=1.58.0

scratch
venv
pip "cfn-lint==$CFN_LINT"

node tools/verify/templates/main.ts "$work/venv/bin/cfn-lint"
