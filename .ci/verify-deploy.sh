#!/usr/bin/env bash
# A real `cdk deploy` of both stacks without an AWS account: against an emulator, which this installs into a virtual
# environment of its own (Python 3.11 or newer), or against the one at AWS_ENDPOINT_URL where that is set.
#
# What the emulator cannot do is checked on the templates by the tests instead: point-in-time recovery, TTL and
# deletion protection are not applied, IAM policies are not enforced, consumed capacity is not right, schedules do not fire, and `/health` of every host
# is the emulator's own.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

MINISTACK=1.5.33

work="$(mktemp -d)"
emulator=""
finish() {
  if [ -n "$emulator" ]; then kill "$emulator" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

skip() {
  echo "verify-deploy: SKIPPED, NOTHING WAS DEPLOYED: $1"
  exit 0
}

command -v python3 >/dev/null || skip "there is no Python 3"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || skip "Python is older than 3.11"
python3 -m venv "$work/venv" 2>/dev/null || {
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
  python3 -m venv "$work/venv"
} || skip "no virtual environment can be made"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check awscli "ministack==$MINISTACK" ||
  skip "the emulator cannot be installed"
export PATH="$PATH:$work/venv/bin"

# Keys used for nothing else: the CDK remembers which account a key belongs to.
export AWS_ACCESS_KEY_ID=verify-deploy AWS_SECRET_ACCESS_KEY=verify-deploy AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1
export HOME="$work"
unset AWS_PROFILE AWS_SESSION_TOKEN

if [ -z "${AWS_ENDPOINT_URL:-}" ]; then
  port="$(node -e 'const s=require("node:net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')"
  export AWS_ENDPOINT_URL="http://127.0.0.1:$port"
  BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" "$work/venv/bin/ministack" >"$work/emulator.log" 2>&1 &
  emulator=$!
  for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    sleep 0.2
  done
  echo "verify-deploy: ministack $MINISTACK at $AWS_ENDPOINT_URL"
fi

node tools/verify/deploy/main.ts || {
  tail -n 30 "$work/emulator.log" 2>/dev/null || true
  exit 1
}
