import { auditPartition } from "../../contract/keys.ts";
import { AuditQuery } from "../../contract/queries.ts";
import type { AuditListResponse } from "../../contract/responses.ts";
import type { ShownNames } from "../../privacy/shown-names.ts";
import type { Item } from "../../store/table.ts";
import { LICENSE_KEY_ACTOR } from "../actor.ts";
import { readLogPage } from "../day-log.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";

/** `GET /api/v1/audit`: who did what, oldest first. Without `from`, it covers the last 30 days. */
export const getAudit =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const { table, env } = runtime;
    const query = parseQuery(request, AuditQuery);
    const retentionDays = env.RETENTION_SESSIONS_DAYS;
    const { rows, next } = await readLogPage(table, (day) => [auditPartition(day)], query, { now, retentionDays });
    const names = await shownNames(runtime);
    const body: AuditListResponse = { entries: rows.map((row) => shown(row, names)), next };
    return json(200, body);
  };

const shown = (row: Item, names: ShownNames): AuditListResponse["entries"][number] => {
  const { pk: _pk, sk: _sk, v: _v, expiresAt: _expiresAt, book: _book, time, action, actor, ...details } = row;
  return {
    time: String(time),
    action: String(action),
    actor: isPerson(String(action), String(actor)) ? names.person(String(actor)) : String(actor),
    details: Object.fromEntries(
      Object.entries(details).map(([name, value]) => [
        snakeCase(name),
        shownAs(names)[name]?.(String(value)) ?? String(value),
      ]),
    ),
  };
};

// An operator's id, the server and the license key are not people's names.
const isPerson = (action: string, actor: string): boolean => BY_PEOPLE.has(action) && actor !== LICENSE_KEY_ACTOR;
const BY_PEOPLE = new Set([
  ...["seat.released", "operator.released", "session.kill", "session.kill_all"],
  ...["policy.created", "policy.replaced", "policy.deleted", "policy.pruned", "policy.accepted"],
]);

const shownAs = (names: ShownNames): Record<string, (value: string) => string> => ({
  seatId: names.seat,
  kubernetesUsername: names.person,
  clientHostname: names.machine,
  user: names.person,
  subject: names.person,
});

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
