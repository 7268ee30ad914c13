import { rangeHas } from "./addresses.ts";
import { globCovers } from "./glob.ts";
import { agreed, type Verdict } from "./judge.ts";
import type { Connection, OutgoingRule, Policy, Session } from "./model.ts";
import { all, any, EITHER, NO, not, type Possible, sure, YES } from "./possible.ts";
import { regexFinds } from "./regex-search.ts";
import { applies, type Semantics } from "./scope.ts";

export type FileMode = "local" | "notFound" | "readOnly" | "unknown" | null;

/** A policy that applies and does something. */
const some = (
  policies: readonly Policy[],
  session: Session,
  semantics: Semantics,
  does: (policy: Policy) => Possible,
) => any(policies.map((policy) => all([applies(policy, session, semantics), does(policy)])));

const MAYBE = (policy: Policy): Possible => (policy.hasUnknown ? EITHER : NO);

/** Whether a variable is kept from the session; null if that is not known. */
export const excludes = (policies: readonly Policy[], session: Session, name: string): boolean | null =>
  agreed<boolean | null>(
    session,
    (semantics) => {
      const found = some(policies, session, semantics, (policy) =>
        any([sure(policy.envExclude.some((glob) => globCovers(glob, name))), MAYBE(policy)]),
      );
      return found.yes && found.no ? null : found.yes;
    },
    null,
  );

/** How a file is opened: `local` before `notFound` before `readOnly`. */
export const fileMode = (policies: readonly Policy[], session: Session, path: string): FileMode =>
  agreed<FileMode>(
    session,
    (semantics) => {
      for (const mode of ["local", "notFound", "readOnly"] as const) {
        const found = some(policies, session, semantics, (policy) =>
          any([...policy.files[mode].map((pattern) => regexFinds(pattern, path)), MAYBE(policy)]),
        );
        if (found.yes) return found.no ? "unknown" : mode;
      }
      return null;
    },
    "unknown",
  );

/** Whether all policies that apply let a connection out. */
export const connects = (policies: readonly Policy[], session: Session, connection: Connection): Verdict =>
  agreed<Verdict>(
    session,
    (semantics) => {
      const denies = some(policies, session, semantics, (policy) => any([denied(policy, connection), MAYBE(policy)]));
      if (denies.yes && denies.no) return "unknown";
      return denies.yes ? "refused" : "allowed";
    },
    "unknown",
  );

const denied = ({ outgoing: { allow, block } }: Policy, connection: Connection): Possible =>
  any([
    any(block.map((rule) => meets(rule, connection))),
    allow.length === 0 ? NO : not(any(allow.map((rule) => meets(rule, connection)))),
  ]);

const meets = ({ ipBlock, hostname, ports }: OutgoingRule, connection: Connection): Possible =>
  all([
    ipBlock == null ? YES : known(connection.ip, (ip) => sure(within(ipBlock, ip))),
    hostname == null ? YES : known(connection.hostname, (name) => regexFinds(hostname, name)),
    sure((ports ?? []).length === 0 || (ports ?? []).some((port) => samePort(port, connection))),
  ]);

const known = (value: string | null | undefined, holds: (value: string) => Possible): Possible => {
  if (value === undefined) return EITHER;
  return value === null ? NO : holds(value);
};

const within = ({ cidr, except }: { cidr: string; except?: string[] }, ip: string): boolean =>
  rangeHas(cidr, ip) && !(except ?? []).some((hole) => rangeHas(hole, ip));

const samePort = (rule: { port: number; protocol: string }, { port, protocol }: Connection): boolean =>
  rule.port === port && rule.protocol === protocol;
