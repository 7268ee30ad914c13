# shellcheck shell=bash
# What the checks in this folder share. They source it first. It changes to the project's root and puts the project's Node and
# the commands of its packages first on the PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

check="$(basename "$0" .sh)"
fail() { echo "$check: $1" >&2; exit 1; }

# WHAT WHY: says in capitals that nothing was checked, and exits with 0.
skip() { echo "$check: SKIPPED, $1: $2"; exit 0; }

# Creates the folder $work. When the script ends, for any reason, the processes in $started are ended and the folder is deleted.
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

# PACKAGE...: installs packages from Debian, as root.
debian() {
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Creates a Python virtual environment, $work/venv.
venv() {
  python3 -m venv "$work/venv" 2>/dev/null || { debian python3-venv && python3 -m venv "$work/venv"; }
}

# PACKAGE...: installs packages into it.
pip() { "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$@"; }

# Prints a free port of this machine.
free_port() {
  node -e 'const s=require("node:net").createServer();s.listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}

# PORT: waits until a process listens there, for at most 20 s.
wait_for_port() {
  for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.2
  done
}

# FOLDER: unpacks the release before this one there, with today's packages, so that only the releases differ. It is the latest tag
# v* on another commit, or else the commit in .ci/earlier-release; its name is in $earlier. If there is none, says why in $why and
# returns 1.
unpack_earlier() {
  local tag here
  earlier=""
  why="this is not a clone with a history"
  git rev-parse --git-dir >/dev/null 2>&1 || return 1
  here="$(git rev-parse HEAD)"
  for tag in $(git tag --list 'v*' --merged HEAD --sort=-version:refname); do
    if [ "$(git rev-parse "$tag^{commit}")" != "$here" ]; then earlier="$tag"; break; fi
  done
  if [ -z "$earlier" ]; then earlier="$(grep -v '^#' .ci/earlier-release)"; fi
  why="the history does not reach back to $earlier; a full clone (git fetch --unshallow) has it"
  git cat-file -e "$earlier^{commit}" 2>/dev/null || return 1
  why="$earlier is this commit"
  [ "$(git rev-parse "$earlier^{commit}")" != "$here" ] || return 1
  mkdir -p "$1"
  git archive "$earlier" | tar -x -C "$1"
  ln -s "$PWD/node_modules" "$1/node_modules"
}
