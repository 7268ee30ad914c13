#!/usr/bin/env bash
# A real Prometheus scrapes the server every second while a fleet works: one process that is killed and started again, then
# eight processes over one table. Prometheus must then report what the fleet sent, and every query of the Grafana dashboard must
# find data, except those of the last closed day, which a new server does not have. The alerts for "all seats claimed" and "users refused" must fire, and no others.
# shellcheck source=.ci/lib.sh
. "$(dirname "$0")/lib.sh"

if ! command -v promtool >/dev/null; then
  debian prometheus
fi

work=$(mktemp -d)
# Below the range of ephemeral ports, so that the server gets the same port again after a restart.
base=$((20000 + RANDOM % 10000))
server_port=$base prometheus_port=$((base + 1)) engine_port=$((base + 2))
url="http://127.0.0.1:$server_port"
prometheus="http://127.0.0.1:$prometheus_port"
key=$(openssl rand -hex 24)
started=()

trap 'for pid in "${started[@]}"; do kill -KILL -- "-$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT

# Runs a command in a process group of its own, and puts its id into $last.
background() {
  local log=$1; shift
  setsid "$@" >"$work/$log.log" 2>&1 &
  last=$!
  started+=("$last")
  # So that the shell prints nothing when the process is killed.
  disown
}

wait_for() {
  for _ in $(seq 1 200); do
    if curl -fs "$1" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  cat "$work"/*.log >&2; fail "no answer from $1 within 20 s"
}

# DATA_DIR PORT [NAME=VALUE...]
serve() {
  local data=$1 port=$2; shift 2
  background "server-$port" env "$@" PORT="$port" DATA_DIR="$data" LICENSE_PATH="$work/license.pem" LICENSE_KEY="$key" node tools/local/main.ts
}

# NAME [OPTION...]: a fleet of 40 users on 12 seats
simulate() {
  local name=$1; shift
  node tools/simulate/main.ts --url "$url" --key "$key" --operators 4 --users 40 --ci-runners 6 --days 2 --live-seconds 10 \
    --speed 900 --beat-seconds 1 --seed "$name" --truth "$work/truth-$name.json" "$@" >"$work/simulate-$name.log" 2>&1 \
    || { tail -n 30 "$work/simulate-$name.log"; fail "the simulation $name went wrong"; }
}

scrape_with() {
  cat >"$work/prometheus.yml" <<YML
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: ["$PWD/docs/grafana/alerts.yml"]
scrape_configs:
  - job_name: license-server
    authorization: { credentials: "$1" }
    static_configs: [{ targets: ["127.0.0.1:$server_port"] }]
YML
  promtool check config "$work/prometheus.yml" >/dev/null
  rm -rf "$work/tsdb"
  background prometheus prometheus --config.file "$work/prometheus.yml" --storage.tsdb.path "$work/tsdb" \
    --web.listen-address "127.0.0.1:$prometheus_port" --log.level warn
  scraper=$last
  wait_for "$prometheus/-/ready"
}

lint() {
  curl -sS -f -H "x-license-key: $key" "$url/metrics" >"$work/metrics.txt"
  promtool check metrics <"$work/metrics.txt" || fail "promtool finds faults in the metrics"
}

# NAME...: compares what Prometheus reports with what these simulations sent. Two figures may differ, each in one direction, and
# the simulator knows the limits. What a killed server did not answer may be missing from the counters. A seat that was denied in
# an answer that was lost counts as denied.
compare() {
  sleep 2.5
  python3 - "$prometheus" "$work" "$@" <<'PY'
import functools, json, sys, urllib.parse, urllib.request
prometheus, work, *names = sys.argv[1:]
truths = {name: json.load(open(f"{work}/truth-{name}.json")) for name in names}
def total(*path, of=truths):
    return sum(functools.reduce(lambda at, key: at.get(key, 0), path, truths[name]) for name in of)
killed = [name for name in truths if name == "killed"]
def ask(query):
    with urllib.request.urlopen(f"{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": query})) as answer:
        return json.load(answer)["data"]["result"]
def number(query):
    result = ask(query)
    return float(result[0]["value"][1]) if result else None
expected = {
    "sum(mirrord_sessions_create_total)": total("totals", "sessions"),
    "sum(mirrord_ci_sessions_create_total)": total("totals", "ciSessions"),
    "sum(mirrord_sessions_duration_count)": total("totals", "sessions"),
    "sum(mirrord_sessions_duration_sum)": total("totals", "seconds"),
    'sum(mirrord_sessions_duration_bucket{le="+Inf"})': total("totals", "sessions"),
    "sum(mirrord_ci_sessions_duration_count)": total("totals", "ciSessions"),
    "sum(mirrord_ci_sessions_duration_sum)": total("totals", "ciSeconds"),
    "sum(license_server_seat_denials_total)": total("seats", "denialsByCode", "MaxSeatCountReached"),
    "sum(license_server_sessions_active)": 0,
    "license_server_seats_used": 12,
}
def missing(kind):
    return total("unanswered", kind, of=killed)
# The most by which a figure may be lower and higher than what was sent; (0, 0) by default.
bounds = {
    "sum(mirrord_sessions_create_total)": (missing("sessions"), 0),
    "sum(mirrord_ci_sessions_create_total)": (missing("ciSessions"), 0),
    "sum(mirrord_sessions_duration_count)": (missing("sessions"), 0),
    "sum(mirrord_sessions_duration_sum)": (missing("seconds"), 0),
    'sum(mirrord_sessions_duration_bucket{le="+Inf"})': (missing("sessions"), 0),
    "sum(mirrord_ci_sessions_duration_count)": (missing("ciSessions"), 0),
    "sum(mirrord_ci_sessions_duration_sum)": (missing("ciSeconds"), 0),
    "sum(license_server_seat_denials_total)": (0, total("unanswered", "maybeDenied")),
}
wrong = []
for query, want in expected.items():
    got = number(query)
    less, more = bounds.get(query, (0, 0))
    may = [f"up to {count} {way}" for count, way in ((less, "less"), (more, "more")) if count > 0]
    print(f"  {query:<52} {got} (sent {want}{', may be ' + ' or '.join(may) if may else ''})")
    if got is None or not want - less <= got <= want + more: wrong.append(query)
for metric in ["mirrord_sessions_create_total", "mirrord_ci_sessions_create_total", "mirrord_sessions_duration_count", "mirrord_sessions_duration_sum", "license_server_seat_denials_total"]:
    if number(f"resets({metric}[1h])") != 0: wrong.append(f"{metric} fell")
# The name of a counter's family: only OpenMetrics writes it without _total.
with urllib.request.urlopen(f"{prometheus}/api/v1/metadata") as answer:
    known = json.load(answer)["data"]
ours = {name: entries[0] for name, entries in known.items() if name.startswith(("mirrord_", "license_server_"))}
if "mirrord_sessions_create" not in ours: wrong.append("not read as OpenMetrics")
wrong += [f"{name} has no type or help" for name, entry in ours.items() if entry["type"] == "unknown" or not entry["help"]]
print(f"  {len(ours)} metrics read as OpenMetrics, with type and help")
scrapes = number("sum(count_over_time(up[1h]))")
print(f"  {scrapes:.0f} scrapes, {number('sum(sum_over_time(up[1h]))'):.0f} answered; no counter fell")
sys.exit(f"wrong: {wrong}" if wrong else 0)
PY
}

# An entry of the catalog, and an agent that has applied it, for the panel of its states.
applying_agent() {
  local admin self status token
  admin=$(DATA_DIR="$work/data" node tools/token/main.ts --subject prometheus --scopes policies:read,policies:write)
  curl -fsS -o /dev/null -X PUT -H "authorization: Bearer $admin" -H 'content-type: application/json' \
    -d '{"spec":{"block":["steal"]}}' "$url/api/v1/catalog/MirrordClusterPolicy/no-steal"
  status=$(curl -fsS -H "authorization: Bearer $admin" "$url/api/v1/catalog" | node -e \
    'const { catalog_id, revision } = JSON.parse(require("node:fs").readFileSync(0, "utf8")); console.log(JSON.stringify({ catalog_id, revision, state: "applied", entries: [] }))')
  self='"instance_id":"cluster-a","cluster_id":"a","cluster_name":"a","agent":{"version":"0.3.0","process_id":"p","enforces":false,"applies_catalog":true,"kills_previews":false,"observed_at":null}'
  token=$(curl -fsS -H "x-license-key: $key" -H 'content-type: application/json' -d "{$self}" "$url/api/v1/license" |
    node -e 'console.log(JSON.parse(require("node:fs").readFileSync(0, "utf8")).lease.token)')
  # The license key alone reports no status.
  curl -fsS -o /dev/null -H "authorization: Bearer $token" -H 'content-type: application/json' \
    -d "{$self,\"seq\":1,\"sent_at\":\"$(date -u +%FT%TZ)\",\"catalog_status\":$status}" "$url/api/v1/heartbeat"
  sleep 2.5
}

dashboard() {
  applying_agent
  python3 - "$prometheus" docs/grafana/prometheus.json <<'PY'
import json, sys, urllib.parse, urllib.request
prometheus, path = sys.argv[1:]
queries = []
def collect(node):
    if isinstance(node, dict):
        if "expr" in node: queries.append(node["expr"])
        for value in node.values(): collect(value)
    elif isinstance(node, list):
        for value in node: collect(value)
collect(json.load(open(path)))
# Figures of the last closed day: they begin on the day after the first start.
closed_day = ("license_server_seats_held_day_max", "license_server_seat_users_active", "license_server_seat_users_idle")
empty, absent = [], []
for query in queries:
    plain = query.replace("$__rate_interval", "1m").replace("$__range", "1h").replace("$job", "license-server")
    with urllib.request.urlopen(f"{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": plain})) as answer:
        if not json.load(answer)["data"]["result"]: (absent if any(name in query for name in closed_day) else empty).append(query)
print(f"  {len(queries)} queries of the dashboard, {len(empty)} without data, {len(absent)} need a closed day")
if len(absent) != len(closed_day): sys.exit(f"need a closed day: {absent}, not {len(closed_day)} queries")
sys.exit(f"without data: {empty}" if empty or not queries else 0)
PY
}

alerts() {
  python3 - "$prometheus" <<'PY'
import json, sys, urllib.request
def get(path):
    with urllib.request.urlopen(sys.argv[1] + path) as answer:
        return json.load(answer)["data"]
rules = [rule for group in get("/api/v1/rules")["groups"] for rule in group["rules"]]
broken = [rule["name"] for rule in rules if rule["health"] != "ok"]
firing = sorted(rule["name"] for rule in rules if rule["state"] == "firing")
print(f"  {len(rules)} alerts, firing: {', '.join(firing)}")
if broken or firing != ["SeatDenials", "SeatsNearlyUsed", "SeatsUsedUp"]: sys.exit(f"not as they should be; broken: {broken}")
PY
}

node tools/mint/main.ts --organization Load --seats 12 --subscription-id load --out "$work/license.pem" >/dev/null

echo "== one process, killed with kill -9 and started again"
serve "$work/data" "$server_port"; server=$last
wait_for "$url/health"
DATA_DIR="$work/data" node tools/token/main.ts --subject prometheus --scopes metrics:read >"$work/token"
scrape_with "$(cat "$work/token")"
simulate one
lint
compare one
kill -KILL -- "-$server"
serve "$work/data" "$server_port"; server=$last
wait_for "$url/health"
simulate chaos --chaos 0.2
compare one chaos
dashboard
alerts

echo "== killed with kill -9 during the work: requests in progress may be missing from the counters, and their denials may be extra"
simulate killed & fleet=$!
sleep 7
kill -KILL -- "-$server"
serve "$work/data" "$server_port"; server=$last
wait "$fleet"
compare one chaos killed
kill -KILL -- "-$server" "-$scraper"

echo "== eight processes over one table"
background engine node -e 'import("./tools/local/engine/served.ts").then(async ({ startServedEngine }) => console.log((await startServedEngine()).endpoint))'
for _ in $(seq 1 100); do grep -q http "$work/engine.log" && break; sleep 0.1; done
endpoint=$(grep -m1 http "$work/engine.log")
ports=()
for n in $(seq 1 8); do
  mkdir -p "$work/data-$n"
  cp "$work"/data/access-signing.json "$work"/data/lease-signing.json "$work/data-$n/"
  ports+=($((engine_port + n)))
  serve "$work/data-$n" "$((engine_port + n))" DYNAMODB_ENDPOINT="$endpoint"
  wait_for "http://127.0.0.1:$((engine_port + n))/health"
done
background balancer node .ci/round-robin.mjs "$server_port" "${ports[@]}"
wait_for "$url/health"
scrape_with "$(cat "$work/token")"
simulate eight --operators 8
lint
compare eight
dashboard
