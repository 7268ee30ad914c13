#!/usr/bin/env bash
# The dashboard in headless Chromium, against the local server filled by the simulator: every view in both themes and at phone
# width, axe, keyboard, kill and release, 10,000 users. Pictures go to the folder named, or to a new one. Takes CHROMIUM_PATH, or
# installs Debian's Chromium where it is missing (as root).
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"
export CHROMIUM_PATH="${CHROMIUM_PATH:-/usr/bin/chromium}"

if [ ! -x "$CHROMIUM_PATH" ]; then
  echo "dashboard: there is no $CHROMIUM_PATH, installing Debian's"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || true
  [ -x "$CHROMIUM_PATH" ] || { echo "dashboard: Chromium could not be installed; set CHROMIUM_PATH" >&2; exit 1; }
fi

node test/browser/main.ts "$@"
