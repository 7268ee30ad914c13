import type { End, Start } from "../../../agent/sessions/types.ts";
import { type EpochMs, parseTime } from "../../../shared/contract/time.ts";

export type Recorded = {
  id: string;
  state: "live" | "over" | "lost";
  kind: Start["session_kind"];
  startedAt: EpochMs;
  endedAt: EpochMs | undefined;
  reason: string | undefined;
  /** The server found that no list names it any more. */
  endedByServer: boolean;
};

const timeOf = (text: string): EpochMs => parseTime(text) ?? Number.NaN;

/**
 * What a server keeps of an agent's events and lists. Times are the agent's; `clockMs` is what its clock is ahead of a clock
 * that is right.
 */
export const createRecord = () => {
  const sessions = new Map<string, Recorded>();
  /** The last heartbeat with a list, by a clock that is right. */
  let listedAt: EpochMs | undefined;

  const begin = (start: Start, clockMs: number): Recorded => {
    const recorded: Recorded = {
      id: start.session_id,
      state: "live",
      kind: start.session_kind,
      startedAt: timeOf(start.started_at) - clockMs,
      endedAt: undefined,
      reason: undefined,
      endedByServer: false,
    };
    sessions.set(recorded.id, recorded);
    return recorded;
  };
  const finish = (recorded: Recorded, state: "over" | "lost", endedAt: EpochMs, reason?: string): void => {
    Object.assign(recorded, { state, endedAt, reason, endedByServer: false });
  };

  return {
    sessions,

    /** False: the session is over, and the start is refused. */
    start(start: Start, clockMs: number): boolean {
      const before = sessions.get(start.session_id);
      if (before?.state === "over") return false;
      if (before === undefined || before.state === "lost") begin(start, clockMs);
      else if (start.session_kind === "ci") before.kind = "ci";
      return true;
    },

    /** False: the server already has a better end. */
    end({ session_id, ended_at, inferred, reason, start }: End, clockMs: number): boolean {
      const endedAt = timeOf(ended_at) - clockMs;
      if (start.parent_id !== undefined) {
        // A child's times are all that is known of a parent that nobody saw.
        if (sessions.has(start.parent_id)) return false;
        finish(begin({ ...start, session_id: start.parent_id }, clockMs), "lost", endedAt);
        return true;
      }
      const before = sessions.get(session_id);
      const isKept = before?.state === "lost" && inferred === true && !before.endedByServer;
      if (before?.state === "over" || isKept) return false;
      const replaces = before === undefined || before.state === "lost";
      finish(replaces ? begin(start, clockMs) : before, inferred === true ? "lost" : "over", endedAt, reason);
      return true;
    },

    /** Compares the whole list of live ids. Returns those whose start the server asks for. */
    list(ids: readonly string[], now: EpochMs): string[] {
      const listed = new Set(ids);
      for (const recorded of sessions.values()) {
        if (recorded.state === "live" && !listed.has(recorded.id)) {
          finish(recorded, "lost", Math.max(recorded.startedAt, listedAt ?? recorded.startedAt));
          recorded.endedByServer = true;
        } else if (recorded.state === "lost" && listed.has(recorded.id))
          Object.assign(recorded, { state: "live", endedAt: undefined, endedByServer: false });
      }
      listedAt = now;
      return ids.filter((id) => (sessions.get(id)?.state ?? "over") === "over");
    },
  };
};

export type ServerRecord = ReturnType<typeof createRecord>;
