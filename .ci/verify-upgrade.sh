#!/usr/bin/env bash
# Runs the functions of the previous release and of this one over one table at the same time, forward and back, under a working
# team. Then operators of the previous release call this one, and an agent of this release calls the previous one. Before that, it
# checks that docs/upgrades.md explains each difference between the default templates. The previous release is the latest tag v* on
# another commit, or else the commit in .ci/earlier-release.
# Usage: .ci/verify-upgrade.sh [--seconds <how long each of the six phases works live>]
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

unmatched() { skip "NO RELEASE WAS COMPARED WITH THIS ONE" "$1"; }

git rev-parse --git-dir >/dev/null 2>&1 || unmatched "this is not a clone with a history"
here="$(git rev-parse HEAD)"
earlier=""
for tag in $(git tag --list 'v*' --merged HEAD --sort=-version:refname); do
  if [ "$(git rev-parse "$tag^{commit}")" != "$here" ]; then earlier="$tag"; break; fi
done
if [ -z "$earlier" ]; then earlier="$(grep -v '^#' .ci/earlier-release)"; fi
git cat-file -e "$earlier^{commit}" 2>/dev/null ||
  unmatched "the history does not reach back to $earlier; a full clone (git fetch --unshallow) has it"
[ "$(git rev-parse "$earlier^{commit}")" != "$here" ] || unmatched "$earlier is this commit"

scratch
git archive "$earlier" | tar -x -C "$work"
# The earlier code uses today's packages, so that only the releases differ, not npm's packages.
ln -s "$PWD/node_modules" "$work/node_modules"

echo "verify-upgrade: $(git log -1 --format='%h of %cs' "$earlier") against this release"
node tools/verify/upgrade/templates.ts "$work"
node tools/verify/upgrade/main.ts --earlier "$work" "$@"
