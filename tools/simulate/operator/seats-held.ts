import type { SessionStart } from "../../../agent/wire/bodies.ts";
import type { SessionStartResponse } from "../../../shared/contract/responses.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";

/** The seats that an operator knows to be held, so that it asks only for others. */
export type SeatsHeld = {
  remember(start: SessionStart, seat: SessionStartResponse["seat"]): void;
  /** Whether the session's user certainly holds a seat until the given moment. CI sessions need none. */
  covers(start: SessionStart, until: EpochMs): boolean;
  forget(start: SessionStart): void;
  /** An admin released these seats, or a new license ended them. */
  lost(seatIds: readonly string[]): void;
};

/** `trackingMode` says what holds a seat: the client certificate or the Kubernetes user. */
export const createSeatsHeld = (trackingMode: () => string | undefined): SeatsHeld => {
  const seats = new Map<string, { id: string; heldUntil: EpochMs }>();
  const holder = ({ client }: SessionStart): string =>
    (trackingMode() ?? "ClientCertificate") === "ClientCertificate"
      ? (client?.id ?? "")
      : (client?.kubernetes_username ?? "");
  return {
    remember: (start, seat) => {
      const until = seat?.held_until ?? null;
      if (seat !== null && until !== null) seats.set(holder(start), { id: seat.id, heldUntil: Date.parse(until) });
    },
    covers: (start, until) => start.ci === true || (seats.get(holder(start))?.heldUntil ?? 0) > until,
    forget: (start) => void seats.delete(holder(start)),
    lost: (seatIds) => {
      for (const [user, { id }] of seats) if (seatIds.includes(id)) seats.delete(user);
    },
  };
};
