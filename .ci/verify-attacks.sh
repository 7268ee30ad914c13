#!/usr/bin/env bash
# Attacks every operation of the served OpenAPI document with schemathesis, which it installs into a virtual environment
# (Python 3.10 or newer). It sends generated requests, valid and invalid, and sequences of them: with the license key, with an
# access token of every scope, and with an operator's lease. All checks of schemathesis run; .ci/attacks/excused.py has the
# exceptions. Afterwards the server's log is searched for failures and secrets.
# EXAMPLES and SEED choose how many requests, and which.
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

SCHEMATHESIS=4.32.5
EXAMPLES="${EXAMPLES:-15}"
SEED="${SEED:-7}"

scratch
venv
pip "schemathesis==$SCHEMATHESIS"

port="$(free_port)"
url="http://127.0.0.1:$port"
LOG_LEVEL=debug PORT="$port" DATA_DIR="$work/data" node tools/local/main.ts >"$work/server.log" 2>"$work/server.err" &
server=$!
started+=("$server")
for _ in $(seq 300); do
  if grep -q "In an operator's Helm values" "$work/server.log" && curl -fs "$url/health" >/dev/null; then break; fi
  kill -0 "$server" 2>/dev/null || { cat "$work/server.err"; fail "the server does not start"; }
  sleep 0.2
done

# What the server prints for its user at the start, including its key, is not part of the log.
before="$(wc -l <"$work/server.log")"

LICENSE_KEY="$(cat "$work/data/license-key")"
scopes="$(node -e 'import("./shared/contract/scopes.ts").then((scopes) => console.log(scopes.SCOPES.join(",")))')"
ACCESS_TOKEN="$(node tools/token/main.ts --subject attacks --scopes "$scopes" --data-dir "$work/data")"
# The instance in the examples of the document.
LEASE_TOKEN="$(curl -fsS -H "x-license-key: $LICENSE_KEY" -H 'content-type: application/json' \
  -d '{"instance_id":"op-7f9c4d1e","operator_version":"3.130.0"}' "$url/api/v1/license" |
  node -e 'console.log(JSON.parse(require("node:fs").readFileSync(0, "utf8")).lease.token)')"
export LICENSE_KEY ACCESS_TOKEN LEASE_TOKEN

# Sessions to kill, and seats to release.
for n in 1 2 3; do
  curl -fsS -o "$work/start.json" -H "x-license-key: $LICENSE_KEY" -H 'content-type: application/json' -d @- "$url/api/v1/sessions" <<JSON
{"session_id":"victim-$n","instance_id":"op-7f9c4d1e","started_at":"$(date -u +%FT%TZ)","target":{"namespace":"shop","kind":"deployment","name":"cart"},
"client":{"id":"SHA256:$n","hostname":"h$n","username":"u$n","kubernetes_username":"u$n@example.com"}}
JSON
done

attack() {
  local what="$1" scheme="$2" credential="$3"
  shift 3
  cat >"$work/$scheme.toml" <<TOML
hooks = "$PWD/.ci/attacks/excused.py"
[auth.openapi.$scheme]
$credential
# No operation may answer with a 5xx. A list that is too long is a 413.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 412, 428, 429]
TOML
  echo "verify-attacks: with $what, $EXAMPLES examples an operation, seed $SEED"
  if ! (cd "$work" && venv/bin/schemathesis --config-file "$work/$scheme.toml" run "$url/openapi.json" \
    --checks all --exclude-checks positive_data_acceptance,negative_data_rejection,allow_header_conformance \
    --max-examples "$EXAMPLES" --seed "$SEED" --generation-database none --continue-on-failure --no-color \
    --max-redirects 0 --request-timeout 20 "$@") >"$work/$scheme.out" 2>&1; then
    sed -n -E '/= (ERRORS|FAILURES) =/,$p' "$work/$scheme.out"
    grep -q -E '= (ERRORS|FAILURES) =' "$work/$scheme.out" || cat "$work/$scheme.out"
    fail "schemathesis has found something"
  fi
  # Without the last line of schemathesis, which looks like a run of pytest that found no tests.
  grep -E '^ +[0-9,]+ generated|API Links' "$work/$scheme.out"
}

attack "the license key" licenseKey 'api_key = "${LICENSE_KEY}"'
attack "an access token of every scope" accessToken 'bearer = "${ACCESS_TOKEN}"'
attack "an operator's lease" leaseToken 'bearer = "${LEASE_TOKEN}"' \
  --include-operation-id heartbeat --include-operation-id sessionStart --include-operation-id sessionEnd

node .ci/attacks/raw.mjs "$url"
curl -fsS -H "x-license-key: $LICENSE_KEY" "$url/api/v1/license" >/dev/null || fail "the server no longer answers"
! grep -A 10 '^function .* failed' "$work/server.err" || fail "a function has thrown"
tail -n "+$((before + 1))" "$work/server.log" >"$work/log"
node .ci/attacks/log.mjs "$work/log" "$work/data"
