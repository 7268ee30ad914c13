#!/usr/bin/env bash
# Runs real deployments of both stacks without an AWS account: the default, everything on, a failed switch that rolls back, off, the
# release before, this one again, and none. They go to an emulator, which it installs into a virtual
# environment (Python 3.11 or newer), or against the emulator at AWS_ENDPOINT_URL if that is set.
#
# The tests check on the templates what the emulator cannot do. It does not apply point-in-time recovery, TTL and deletion
# protection, and does not enforce IAM policies, throttles and VPC endpoints. Its consumed capacity is wrong, its schedules do not
# fire, its pipes carry nothing to a bus, and `/health` of every host is its own.
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

# Its update of a global table looks for a table of another name, and so makes an empty one whenever a property changes.
provisioners=("$work"/venv/lib/python3*/site-packages/ministack/services/cloudformation/provisioners.py)
renamed='{**old_props, "TableName": physical_id}, {**translated, "TableName": physical_id}'
sed -i.before "s/_ddb_update(physical_id, old_props, translated, stack_name)/_ddb_update(physical_id, $renamed, stack_name)/" \
  "${provisioners[0]}"
if cmp -s "${provisioners[0]}" "${provisioners[0]}.before"; then fail "this version of the emulator needs no correction: remove it"; fi

# Without a history, the release before is left out.
with_earlier=()
if unpack_earlier "$work/earlier"; then with_earlier=(--earlier "$work/earlier"); fi

# Keys that are used for nothing else: the CDK remembers the account of a key.
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

node tools/verify/deploy/main.ts ${with_earlier[@]+"${with_earlier[@]}"} || {
  tail -n 30 "$work/emulator.log" 2>/dev/null || true
  exit 1
}
