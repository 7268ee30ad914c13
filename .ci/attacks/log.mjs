// Checks the log of a server: every line is JSON, no request has failed, and it contains no secret of the data folder.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [log, folder] = process.argv.slice(2);
const text = readFileSync(log, "utf8");
const lines = text.split("\n").filter((line) => line !== "");

const secrets = readdirSync(folder)
  .filter((name) => /^license-key$|signing|\.pem$/.test(name))
  .flatMap((name) => readFileSync(join(folder, name), "utf8").match(/[A-Za-z0-9+/_=-]{20,}/g) ?? []);
secrets.push(process.env.ACCESS_TOKEN, process.env.LEASE_TOKEN);

// The most write units that one request of a route may cost, as test/e2e/route-bounds.test.ts has them; of others, 5.
const MOST_WRITTEN = {
  licensePost: 12,
  sessionStart: 18,
  sessionEnd: 95,
  heartbeat: 22_195,
  sessionKill: 10,
  sessionKillAll: 1_510,
  seatRelease: 15,
};

const faults = [];
for (const line of lines) {
  try {
    const { level, status, outcome, route, write_units: written } = JSON.parse(line);
    if (written > (MOST_WRITTEN[route] ?? 5)) faults.push(`${route} wrote ${written} units: ${line.slice(0, 500)}`);
    if (level === "ERROR" || status >= 500) faults.push(`${level} ${status} ${outcome}: ${line.slice(0, 500)}`);
  } catch {
    faults.push(`not JSON: ${JSON.stringify(line.slice(0, 200))}`);
  }
  if (/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(line)) faults.push("a line contains a control character");
}
if (secrets.length < 5) faults.push("the secrets of the data folder were not found");
if (secrets.some((secret) => text.includes(secret)) || /eyJ[\w-]{20,}\.eyJ/.test(text))
  faults.push("the log contains a secret");

if (faults.length > 0) {
  process.stderr.write(`verify-attacks: ${faults.length} faults in the log\n${faults.slice(0, 20).join("\n")}\n`);
  process.exit(1);
}
process.stdout.write(
  `verify-attacks: ${lines.length} lines of log, all JSON, without an error or any of ${secrets.length} secrets\n`,
);
