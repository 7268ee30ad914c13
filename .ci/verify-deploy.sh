#!/usr/bin/env bash
# A real `cdk deploy` of both stacks without an AWS account: against an emulator, which this installs into a virtual
# environment of its own (Python 3.11 or newer), or against the one at AWS_ENDPOINT_URL where that is set.
#
# What the emulator cannot do is checked on the templates by the tests instead: point-in-time recovery, TTL and
# deletion protection are not applied, IAM policies are not enforced, consumed capacity is not right, schedules do not fire, and `/health` of every host
# is the emulator's own.
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

MINISTACK=1.5.33

scratch
undeployed() { skip "NOTHING WAS DEPLOYED" "$1"; }

command -v python3 >/dev/null || undeployed "there is no Python 3"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || undeployed "Python is older than 3.11"
venv || undeployed "no virtual environment can be made"
pip awscli "ministack==$MINISTACK" || undeployed "the emulator cannot be installed"
export PATH="$PATH:$work/venv/bin"

# Keys used for nothing else: the CDK remembers which account a key belongs to.
export AWS_ACCESS_KEY_ID=verify-deploy AWS_SECRET_ACCESS_KEY=verify-deploy AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1
export HOME="$work"
unset AWS_PROFILE AWS_SESSION_TOKEN

if [ -z "${AWS_ENDPOINT_URL:-}" ]; then
  port="$(free_port)"
  export AWS_ENDPOINT_URL="http://127.0.0.1:$port"
  BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" "$work/venv/bin/ministack" >"$work/emulator.log" 2>&1 &
  started+=("$!")
  wait_for_port "$port"
  echo "verify-deploy: ministack $MINISTACK at $AWS_ENDPOINT_URL"
fi

node tools/verify/deploy/main.ts || {
  tail -n 30 "$work/emulator.log" 2>/dev/null || true
  exit 1
}
