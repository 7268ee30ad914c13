#!/usr/bin/env bash
# Tests the dashboard in headless Chromium, against the local server filled by the simulator: every view in both themes and at
# phone width, axe, the keyboard, kill and release, 10,000 users. Pictures go to the given folder, or to a new one. It uses
# CHROMIUM_PATH, or installs Debian's Chromium if that is missing (as root).
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"
export CHROMIUM_PATH="${CHROMIUM_PATH:-/usr/bin/chromium}"

if [ ! -x "$CHROMIUM_PATH" ]; then
  echo "dashboard: $CHROMIUM_PATH does not exist, installing Debian's Chromium"
  debian chromium fonts-dejavu-core || true
  [ -x "$CHROMIUM_PATH" ] || fail "Chromium could not be installed; set CHROMIUM_PATH"
fi

node test/browser/main.ts "$@"
