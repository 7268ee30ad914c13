import type { UsageReport } from "../../../shared/contract/responses.ts";
import { type SessionTruth, secondsOf } from "../../simulate/cluster/record.ts";

/** The stated accuracy of one session's duration, in seconds. */
export const ACCURACY_SECONDS = 5;

export type Sum = { sessions: number; seconds: number };

/**
 * Where the report differs from the truth, a line each: another number of sessions of a user, target and kind, or more seconds of
 * difference than the accuracy allows so many sessions. Empty if they agree. Every session must have ended. One of each may have
 * ended while an API server was away, for at most `outageSeconds`: meanwhile its operator cannot write that it is active.
 */
export const differences = (truth: readonly SessionTruth[], report: UsageReport, outageSeconds: number): string[] => {
  const [expected, reported] = [sumTruth(truth), sumReport(report)];
  const keys = [...new Set([...expected.keys(), ...reported.keys()])].sort();
  return keys.flatMap((key) => {
    const [wanted, found] = [expected.get(key) ?? NOTHING, reported.get(key) ?? NOTHING];
    if (wanted.sessions !== found.sessions) {
      return [`${key}: ${wanted.sessions} sessions really, ${found.sessions} reported`];
    }
    const off = found.seconds - wanted.seconds;
    return Math.abs(off) > ACCURACY_SECONDS * wanted.sessions + outageSeconds
      ? [`${key}: ${wanted.sessions} sessions of ${wanted.seconds} s really, ${found.seconds} s reported`]
      : [];
  });
};

/**
 * By how many seconds the report's duration of a session differs from the true one: negative where it is shorter. Only
 * sessions that are the only one of their user, target and kind are compared.
 */
export const durationErrors = (truth: readonly SessionTruth[], report: UsageReport): number[] => {
  const reported = sumReport(report);
  return [...sumTruth(truth)].flatMap(([key, { sessions, seconds }]) => {
    const found = reported.get(key);
    return sessions === 1 && found?.sessions === 1 ? [found.seconds - seconds] : [];
  });
};

const NOTHING: Sum = { sessions: 0, seconds: 0 };

const sumTruth = (truth: readonly SessionTruth[]): Map<string, Sum> =>
  summed(
    truth.map((session) => [
      keyOf(session.kind, session.owner?.userId ?? "", session.namespace, ...targetOf(session)),
      // A report counts whole seconds of each session.
      { sessions: 1, seconds: Math.floor(secondsOf(session)) },
    ]),
  );

const sumReport = ({ activity }: UsageReport): Map<string, Sum> =>
  summed(
    activity.map((row) => [
      // A preview has no user, so its user field is not compared.
      keyOf(row.sessionKind, row.sessionKind === "preview" ? "" : row.identifier, row.namespace, row.kind, row.name),
      { sessions: row.totalSessionCount, seconds: row.totalSessionTimeSeconds },
    ]),
  );

const summed = (entries: readonly (readonly [string, Sum])[]): Map<string, Sum> => {
  const sums = new Map<string, Sum>();
  for (const [key, { sessions, seconds }] of entries) {
    const before = sums.get(key) ?? NOTHING;
    sums.set(key, { sessions: before.sessions + sessions, seconds: before.seconds + seconds });
  }
  return sums;
};

const keyOf = (sessionKind: string, user: string, namespace: string, kind: string, name: string): string =>
  `${sessionKind} ${user} ${namespace} ${kind.toLowerCase()}/${name}`;

/** The target as reports show it. */
const targetOf = ({ target }: SessionTruth): [kind: string, name: string] => {
  if (target === undefined) return ["targetless", "targetless"];
  if ("name" in target) return [target.kind, target.name];
  return [
    "podset",
    Object.entries(target.labelSelector.matchLabels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
  ];
};
