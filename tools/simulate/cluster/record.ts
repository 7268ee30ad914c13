import { type EpochMs, formatTime } from "../../../shared/contract/time.ts";
import type { ClusterTarget } from "./targets.ts";

/** One session as it really was. A multi-cluster session is its parent; its children are part of it. */
export type SessionTruth = {
  cluster: string;
  object: "MirrordClusterSession" | "MirrordMultiClusterSession" | "PreviewSession";
  name: string;
  uid: string;
  kind: "user" | "ci" | "preview";
  owner: { userId: string; username: string; hostname: string; k8sUsername: string } | undefined;
  namespace: string;
  target: ClusterTarget | undefined;
  copyTarget: boolean;
  key: string | undefined;
  lockedPorts: readonly { port: number; kind: string }[];
  startedAt: EpochMs;
  /** Whether a client ever connected. A session without one lasts 0 seconds. */
  connected: boolean;
  /** When the client was last connected. Undefined while the session is live. */
  endedAt: EpochMs | undefined;
  reason: string | undefined;
  /** When the operator closed it. */
  closedAt: EpochMs | undefined;
};

/** What happened, written as it happens. */
export type TruthLog = {
  add(session: SessionTruth): void;
  sessions(): readonly SessionTruth[];
};

export const createTruthLog = (): TruthLog => {
  const sessions: SessionTruth[] = [];
  return { add: (session) => void sessions.push(session), sessions: () => sessions };
};

/** The length of a session in seconds. It must have ended. */
export const secondsOf = ({ startedAt, endedAt = startedAt, connected }: SessionTruth): number =>
  connected ? Math.max(0, endedAt - startedAt) / 1_000 : 0;

/** The truth as JSON data: sums first, then each session. */
export const truthDocument = (sessions: readonly SessionTruth[]): object => ({
  totals: Object.fromEntries(
    (["user", "ci", "preview"] as const).map((kind) => {
      const of = sessions.filter((session) => session.kind === kind);
      const ended = of.filter(({ endedAt }) => endedAt !== undefined);
      return [
        kind,
        {
          sessions: of.length,
          live: of.length - ended.length,
          seconds: Math.round(ended.reduce((sum, session) => sum + secondsOf(session), 0)),
        },
      ];
    }),
  ),
  reasons: Object.fromEntries(
    [...Map.groupBy(sessions, ({ reason = "live" }) => reason)].map(([reason, of]) => [reason, of.length]),
  ),
  sessions: sessions.map(({ startedAt, endedAt, closedAt: _closedAt, ...session }) => ({
    ...session,
    startedAt: formatTime(startedAt),
    endedAt: endedAt === undefined ? null : formatTime(endedAt),
  })),
});
