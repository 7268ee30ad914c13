import type { LicenseGetResponse } from "../../../shared/contract/responses.ts";
import { DAY_MS, type EpochMs, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { isInForce } from "../catalog/tables.ts";
import type { Connection } from "../connect.ts";
import { CliError, EXIT } from "../exit.ts";
import { tooMany } from "../license-refusals.ts";
import type { Settings } from "../settings.ts";
import type { System } from "../system.ts";
import { count, day, duration, longAgo, ofMax } from "../text.ts";
import { certificateCheck } from "./certificate.ts";
import type { Check } from "./check.ts";
import { expiryCheck } from "./credential.ts";

/** The clock skew to warn about, and the one that the server logs (docs/semantics.md). */
const SKEW_WARN_MS = MINUTE_MS;
const SKEW_FAIL_MS = 5 * MINUTE_MS;

const PUT = "To put a license: license-server license put FILE, or LICENSE_PATH for a local server.";
const LOOK = "Search the server's logs for the request id (docs/runbooks/requests-fail.md).";

/** Runs one check after the other. Without a connection or a valid credential the rest is left out. */
export const runChecks = async (settings: Settings, connection: Connection, system: System): Promise<Check[]> => {
  const address = await checked("address", async () => good("address", await connection.url()));
  if (address.result === "fail") return [address];
  const url = new URL(await connection.url());
  const reach = await checked(
    "reach",
    () => reached(connection, system),
    "Check the URL, and firewalls and proxies on the way.",
  );
  const wire = await certificateCheck(url, system.now());
  if (reach.result === "fail") return [address, wire, reach];
  const asked = await license(connection, system);
  const known = [address, wire, reach, ...expiryCheck(settings, system.now()), ...asked.checks];
  if (asked.stop) return known;
  return [
    ...known,
    await checked("table", () => seats(connection)),
    await checked("operators", () => operators(connection)),
    ...(await installations(connection, asked.license)),
    ...(await policies(connection)),
  ];
};

const good = (name: string, found: string): Check => ({ name, result: "ok", found });

const checked = async (name: string, look: () => Promise<Check>, advice?: string): Promise<Check> => {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return failure(name, error, advice);
  }
};

// The advice of the failure itself comes before that of the check.
const failure = (name: string, { lines, exit }: CliError, advice?: string): Check => {
  const [found = "", ...more] = lines.map((line) => line.trim());
  const facts = more.filter((line) => line.startsWith(REQUEST_ID));
  const own = more.filter((line) => !line.startsWith(REQUEST_ID)).join(" ");
  const shown = own === "" ? advice : own;
  return {
    name,
    result: "fail",
    found: [found, ...facts].join("; "),
    ...(shown === undefined ? {} : { advice: shown }),
    exit,
  };
};

const REQUEST_ID = "request id";

const reached = async ({ send }: Connection, { now }: System): Promise<Check> => {
  const from = now();
  await send("health");
  return good("reach", `answers in ${now() - from} ms`);
};

type License = LicenseGetResponse["license"];

/** The call that checks the credential, the clock and the license at once. */
const license = async (
  connection: Connection,
  { now }: System,
): Promise<{ checks: Check[]; stop: boolean; license?: License }> => {
  const from = now();
  try {
    const answer = await connection.api.license();
    return {
      checks: [good("credential", "accepted"), clock(answer, from, now()), term(answer)],
      stop: false,
      license: answer.license,
    };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const denied = error.exit === EXIT.denied;
    // A token need not include the license; the next checks show what it includes.
    if (denied && error.lines[0]?.includes("(403"))
      return {
        checks: [
          {
            name: "license",
            result: "warn",
            found: "not visible with this credential",
            advice: "Add the scope license:read.",
          },
        ],
        stop: false,
      };
    if (denied || error.exit === EXIT.usage)
      return {
        checks: [failure("credential", error, "Is it this server's, and still valid? See --key-file, --token-file.")],
        stop: true,
      };
    const isOfLicense = / License\w+\)$/.test(error.lines[0] ?? "");
    return {
      checks: [
        isOfLicense ? failure("license", error, PUT) : failure("server", error, isLogged(error) ? LOOK : undefined),
      ],
      stop: false,
    };
  }
};

// Errors of the network or of a proxy are not in the server's log.
const isLogged = ({ lines }: CliError): boolean => lines.some((line) => line.includes(REQUEST_ID));

const clock = ({ server_time }: LicenseGetResponse, from: EpochMs, until: EpochMs): Check => {
  const skewMs = Date.parse(server_time) - (from + until) / 2;
  const skew = Math.abs(skewMs);
  // The time that the call took adds to the uncertainty.
  const found = `${duration(skew / SECOND_MS)} ${skewMs < 0 ? "ahead of" : "behind"} the server's`;
  const advice = "Set this machine's clock with NTP.";
  if (skew < SKEW_WARN_MS + (until - from)) return good("clock", "agrees with the server's");
  return { name: "clock", result: skew < SKEW_FAIL_MS ? "warn" : "fail", found, advice };
};

const term = ({ license: { status, expire_at, name, valid_seconds }, server_time }: LicenseGetResponse): Check => {
  const renew =
    "Ask the vendor for a new one, then put it: license-server license put FILE, or LICENSE_PATH for a local server.";
  const end = `${name}, until ${day(expire_at)}`;
  const left = `${Math.floor((valid_seconds * SECOND_MS) / DAY_MS)} days left`;
  if (status === "valid") return good("license", `valid: ${end}, ${left}`);
  if (status === "expiring")
    return { name: "license", result: "warn", found: `expiring: ${end}, ${left}`, advice: renew };
  if (status === "expired") {
    const found = `expired ${longAgo(expire_at, Date.parse(server_time))}: ${end}`;
    return { name: "license", result: "fail", found, advice: renew };
  }
  const advice = "New sessions are refused until the license begins.";
  return { name: "license", result: "fail", found: `not yet valid: ${end}`, advice };
};

const seats = async ({ api }: Connection): Promise<Check> => {
  const { used, max, overage } = await api.seatSummary();
  const found = `answers; ${ofMax(used, max)} seats used`;
  if (overage > 0)
    return {
      name: "table",
      result: "warn",
      found: `${found}, ${count(overage, "overage")}`,
      advice: "More seats are used than the license has.",
    };
  if (max !== null && used >= max)
    return {
      name: "table",
      result: "warn",
      found,
      advice: "New users are refused: release seats (seat ls, seat release), or buy more.",
    };
  return good("table", found);
};

const operators = async ({ api }: Connection): Promise<Check> => {
  const list = (await api.operators()).operators.filter(({ state }) => state !== "gone");
  const stale = list.filter(({ state }) => state === "stale");
  if (list.length === 0)
    return {
      name: "operators",
      result: "warn",
      found: "none connected yet",
      advice: "Install the agent in each cluster: docs/agent.md.",
    };
  if (stale.length === 0) return good("operators", `${list.length} active`);
  const names = [...new Set(stale.map(({ cluster, instance_id }) => cluster ?? instance_id))];
  return {
    name: "operators",
    result: "warn",
    found: `${stale.length} of ${list.length} stale: ${names.join(", ")}`,
    advice: "Are they running, and can they reach this URL?",
  };
};

/** Whether each installation has a lease. Nothing if the license limits none, or if this credential may not list operators. */
const installations = async ({ api }: Connection, license: License | undefined): Promise<Check[]> => {
  const { edition, max_operators: max = null } = license ?? {};
  if (edition !== "community" || max === null) return [];
  const list = await api.operators().catch((error: unknown) => {
    // The check of operators reports it.
    if (error instanceof CliError) return undefined;
    throw error;
  });
  if (list === undefined) return [];
  const [found] = tooMany(max, list.operators);
  if (found === undefined) return [good("slots", `the license allows ${count(max, "installation")}`)];
  const advice = "Release one that is gone (operator ls, operator release), or ask the vendor for more.";
  return [{ name: "slots", result: "warn", found, advice }];
};

/** Whether the catalog is in force. Nothing where no cluster applies it, or where this credential may not see it. */
const policies = async ({ api }: Connection): Promise<Check[]> => {
  const status = await api.catalogStatus().catch((error: unknown) => {
    // An earlier release of the server has no catalog, and the license key alone does not open it.
    if (error instanceof CliError) return undefined;
    throw error;
  });
  if (status === undefined || status.clusters.length === 0) return [];
  const { revision, clusters, entries } = status;
  if (isInForce(status))
    return [good("policies", `revision ${revision} in force in ${count(clusters.length, "cluster")}`)];
  const others = clusters.filter(({ state }) => state !== "applied");
  const found = [
    ...(others.length === 0
      ? []
      : [`${others.length} of ${count(clusters.length, "cluster")} without revision ${revision}`]),
    ...(entries.length === 0 ? [] : [`${count(entries.length, "object")} not applied`]),
  ].join(", ");
  return [{ name: "policies", result: "warn", found, advice: "See where and why: license-server policy status." }];
};
