import { type EpochMs, MINUTE_MS, monthOf } from "../contract/time.ts";
import type { ShownNames } from "../privacy/shown-names.ts";
import type { Table } from "../store/table.ts";
import { readRollups } from "../usage/read-rollups.ts";
import type { UsageRow } from "../usage/row.ts";
import type { UserUsage } from "./metric-families.ts";

/** Too many series burden a scraper: of more users than this, those with the most session time are reported. */
const MAX_USERS = 1_000;
/** A month's rollups cost more to read than the rest of a scrape, and change slowly. */
const FRESH_MS = MINUTE_MS;

/** Returns the sums of each user's sessions that ended this month, at most a minute old. */
export const userUsage = (table: () => Table): ((names: ShownNames, now: EpochMs) => Promise<UserUsage[]>) => {
  let known: { month: string; at: EpochMs; rows: UsageRow[] } | undefined;
  return async (names, now) => {
    const month = monthOf(now);
    if (known?.month !== month || now - known.at >= FRESH_MS)
      known = { month, at: now, rows: byUser(await readRollups(table(), month)) };
    return merged(known.rows.map((row) => shown(row, names)));
  };
};

const byUser = (rows: readonly UsageRow[]): UsageRow[] => {
  const users = new Map<string, UsageRow>();
  for (const row of rows) {
    const { machineId, kubernetesUsername, clientUsername, clientHostname, ci } = row;
    const key = JSON.stringify([machineId, kubernetesUsername, clientUsername, clientHostname, ci]);
    const before = users.get(key);
    const [sessions, seconds] = [row.sessions + (before?.sessions ?? 0), row.seconds + (before?.seconds ?? 0)];
    users.set(key, { ...row, sessions, seconds });
  }
  return [...users.values()]
    .filter(({ sessions }) => sessions > 0)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, MAX_USERS);
};

// Users whose shown names are equal would give one series twice, which a scraper refuses.
const merged = (users: readonly UserUsage[]): UserUsage[] => {
  const series = new Map<string, UserUsage>();
  for (const user of users) {
    const key = JSON.stringify(Object.values(user.labels));
    const { sessions = 0, seconds = 0 } = series.get(key) ?? {};
    series.set(key, { ...user, sessions: user.sessions + sessions, seconds: user.seconds + seconds });
  }
  return [...series.values()];
};

const shown = (row: UsageRow, names: ShownNames): UserUsage => ({
  labels: {
    client_hostname: names.machine(row.clientHostname),
    client_name: names.person(row.clientUsername),
    client_user: names.person(row.kubernetesUsername),
    user_id: names.machineId(row.machineId),
    ci: String(row.ci),
  },
  sessions: row.sessions,
  seconds: row.seconds,
});
