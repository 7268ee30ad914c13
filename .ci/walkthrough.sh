#!/usr/bin/env bash
# Starts the server as README says, lets a fleet work, and checks it from outside: 40 users on 10 seats, the report against what
# was sent, the spreadsheet in LibreOffice, the lease with openssl, and the same report after kill -9.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
url="http://127.0.0.1:$port"
server=

stop() { [ -z "$server" ] || kill -"$1" -- "-$server" 2>/dev/null || true; }
trap 'stop TERM; sleep 1; rm -rf "$work"' EXIT

start() {
  PORT=$port DATA_DIR="$work/data" setsid npm start --silent >"$work/server.log" 2>&1 &
  server=$!
  for _ in $(seq 1 100); do
    if curl -fs "$url/health" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "not ready within 10 s"; cat "$work/server.log"; exit 1
}

fail() { echo "walkthrough: $1" >&2; exit 1; }

start
key=$(cat "$work/data/license-key")
get() { curl -sS -f -H "x-license-key: $key" "$@"; }

get -H 'accept: application/x-pem-file' "$url/api/v1/license" | cmp - "$work/data/demo-license.pem" || fail "the PEM is not the file"
echo "license: the PEM served is byte for byte the file"

get -H 'content-type: application/json' -d '{"instance_id":"walk-1","operator_version":"3.100.0","nonce":"n-1"}' "$url/api/v1/license" >"$work/lease.json"
curl -sS -f "$url/.well-known/jwks.json" >"$work/jwks.json"
python3 - "$work" <<'PY'
import base64, json, sys
work = sys.argv[1]
decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
head, body, signature = json.load(open(f"{work}/lease.json"))["lease"]["token"].split(".")
kid = json.loads(decode(head))["kid"]
key = next(key for key in json.load(open(f"{work}/jwks.json"))["keys"] if key["kid"] == kid)
# SubjectPublicKeyInfo of an Ed25519 key, RFC 8410.
spki = bytes.fromhex("302a300506032b6570032100") + decode(key["x"])
open(f"{work}/key.der", "wb").write(spki)
open(f"{work}/signed", "wb").write(f"{head}.{body}".encode())
open(f"{work}/signature", "wb").write(decode(signature))
PY
openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$work/key.der" -in "$work/signed" -sigfile "$work/signature"

for n in $(seq 1 40); do
  printf 'next\nurl = "%s/api/v1/sessions"\nheader = "x-license-key: %s"\nheader = "content-type: application/json"\noutput = "%s/start-%s.json"\nwrite-out = "%%{http_code}\\n"\nsilent\ndata = "{\\"session_id\\":\\"walk-%s\\",\\"instance_id\\":\\"walk-1\\",\\"started_at\\":\\"%s\\",\\"client\\":{\\"id\\":\\"machine-%s\\",\\"hostname\\":\\"h%s\\",\\"username\\":\\"u%s\\",\\"kubernetes_username\\":\\"u%s@acme\\"},\\"target\\":{\\"namespace\\":\\"default\\",\\"kind\\":\\"deployment\\",\\"name\\":\\"boats\\"}}"\n' \
    "$url" "$key" "$work" "$n" "$n" "$(date -u +%FT%TZ)" "$n" "$n" "$n" "$n"
done | sed 1d >"$work/starts"
curl --parallel --parallel-immediate --parallel-max 40 --config "$work/starts" >"$work/codes"
granted=$(grep -c '^201$' "$work/codes" || true)
refused=$(grep -l MaxSeatCountReached "$work"/start-*.json | wc -l)
[ "$granted" = 10 ] && [ "$refused" = 30 ] || { sort "$work/codes" | uniq -c; fail "$granted granted, $refused refused"; }
echo "seats: 40 users at once on 10 seats: $granted granted, $refused MaxSeatCountReached"
for n in $(seq 1 40); do
  if grep -q '"seat"' "$work/start-$n.json"; then
    get -o /dev/null -H 'content-type: application/json' -d "{\"ended_at\":\"$(date -u +%FT%TZ)\"}" "$url/api/v1/sessions/walk-$n/end"
  fi
done

node tools/simulate/main.ts --url "$url" --key "$key" --operators 3 --users 40 --days 7 --baseline --self-check >"$work/simulate.log" \
  || { tail -n 20 "$work/simulate.log"; fail "the report is not what was sent"; }
tail -n 1 "$work/simulate.log"

curl -sS -f "$url/api/v1/reports/usage?format=xlsx" --header "x-license-key: $key" --output "$work/report.xlsx"
curl -sS -f "$url/api/v1/reports/usage?format=csv" --header "x-license-key: $key" --output "$work/report.csv"
.ci/xlsx-opens.sh "$work/report.xlsx" "$work/report.csv"

report="$url/api/v1/reports/usage?format=json&to=$(date -u -d '+1 second' +%FT%TZ)"
sleep 1.1
get "$report" >"$work/before.json"
stop KILL
start
get "$report" >"$work/after.json"
cmp "$work/before.json" "$work/after.json" || fail "the report after kill -9 differs"
echo "kill -9 and start again: the same report"
