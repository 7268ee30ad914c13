import type { ShownNames } from "../privacy/shown-names.ts";
import type { ItemChange } from "../store/stream-record.ts";
import type { Item } from "../store/table.ts";
import type { EventBody } from "./schemas.ts";

/** The event of an audit row. The row is written together with its decision and never changes its meaning. */
export const auditEvent = ({ before, after }: ItemChange, names: ShownNames): EventBody | undefined => {
  if (before !== undefined || after === undefined) return undefined;
  switch (after["action"]) {
    case "seat.claimed":
    case "seat.overage":
      return { type: "seat.claimed", ...shownSeat(after, names), overage: after["action"] === "seat.overage" };
    case "seat.denied":
      return { type: "seat.denied", ...shownSeat(after, names) };
    case "license.swapped":
      return {
        type: "license.changed",
        license: String(after["license"]),
        from_fingerprint: String(after["from"]),
        to_fingerprint: String(after["to"]),
      };
    case "policy.created":
    case "policy.replaced":
    case "policy.deleted":
      return policyChanged(after, names);
    case "policy.refused":
      return {
        type: "policy.refused",
        ...shownSeat(after, names),
        policies: String(after["policies"]).split(", "),
      };
    default:
      return undefined;
  }
};

const CHANGES = {
  "policy.created": "created",
  "policy.replaced": "replaced",
  "policy.deleted": "deleted",
} as const;

const policyChanged = (row: Item, names: ShownNames): EventBody => ({
  type: "policy.changed",
  change: CHANGES[String(row["action"]) as keyof typeof CHANGES],
  kind: String(row["kind"]),
  name: String(row["name"]),
  namespace: row["namespace"] === undefined ? null : String(row["namespace"]),
  generation: Number(row["generation"]),
  revision: Number(row["revision"]),
  changed_by: names.person(String(row["actor"])),
});

const shownSeat = (row: Item, names: ShownNames) => ({
  seat_id: names.seat(String(row["seatId"])),
  session_id: row["sessionId"] === undefined ? null : String(row["sessionId"]),
  instance_id: String(row["actor"]),
  kubernetes_username: names.person(String(row["kubernetesUsername"])),
  client_hostname: names.machine(String(row["clientHostname"])),
});
