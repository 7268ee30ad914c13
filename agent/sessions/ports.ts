import { fields, list } from "./fields.ts";
import { clean, UNKNOWN } from "./texts.ts";
import type { Port } from "./types.ts";

const MAX_PORTS = 64;

/**
 * The part of an id that an operator's status and an object's name share: both are hexadecimal numbers, in upper or lower
 * case, padded or not, with or without the prefix of a multi-cluster session.
 */
export const idKey = (id: string): string => {
  const bare = id.toLowerCase().replace(/^mc-(copy-)?(?=[0-9a-f]+$)/, "");
  return /^[0-9a-f]+$/.test(bare) ? bare.replace(/^0+(?=.)/, "") : bare;
};

/** The ports that each session holds, by `idKey`. `sessions` is `status.sessions` of the MirrordOperator object. */
export const portsOf = (sessions: unknown): Map<string, Port[]> => {
  const ports = new Map<string, Port[]>();
  for (const session of list(sessions)) {
    const { id, locked_ports } = fields(session);
    if (typeof id !== "string" || id === "") continue;
    const own = list(locked_ports).flatMap(portOf).sort(byPort).slice(0, MAX_PORTS);
    ports.set(idKey(id), own);
  }
  return ports;
};

export const samePorts = (one: readonly Port[] = [], other: readonly Port[] = []): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** An object, or in the status of older operators a list `[port, kind, filter]`. */
const portOf = (raw: unknown): Port[] => {
  const named = fields(raw);
  const [port, kind, filter] = Array.isArray(raw) ? raw : [named["port"], named["kind"], named["filter"]];
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) return [];
  const text = clean(filter, 1_024);
  return [{ port, kind: clean(kind, 128) ?? UNKNOWN, ...(text === undefined ? {} : { filter: text }) }];
};

const byPort = (one: Port, other: Port): number =>
  one.port - other.port || (one.kind < other.kind ? -1 : Number(one.kind > other.kind));
