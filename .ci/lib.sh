# shellcheck shell=bash
# What the checks in this folder have in common. Sourced by them first; leads to the project's root, with its Node and its
# packages' commands first on the PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

check="$(basename "$0" .sh)"
fail() { echo "$check: $1" >&2; exit 1; }

# WHAT WHY: says in capitals that nothing was checked, and ends well.
skip() { echo "$check: SKIPPED, $1: $2"; exit 0; }

# Makes the folder $work. When the script ends, however it ends, the processes in $started end and the folder goes.
scratch() {
  work="$(mktemp -d)"
  started=()
  trap clean_up EXIT
}

clean_up() {
  local pid
  for pid in ${started[@]+"${started[@]}"}; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}

# PACKAGE...: installs them from Debian, as root.
debian() {
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Makes a virtual environment of Python's, $work/venv.
venv() {
  python3 -m venv "$work/venv" 2>/dev/null || { debian python3-venv && python3 -m venv "$work/venv"; }
}

# PACKAGE...: installs them into it.
pip() { "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$@"; }

# A port of this machine on which nobody listens.
free_port() {
  node -e 'const s=require("node:net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}

# PORT: waits for somebody to listen there, 20 s at most.
wait_for_port() {
  for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.2
  done
}
