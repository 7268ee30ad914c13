import type { SeatListResponse, SessionListResponse } from "../../shared/contract/responses.ts";

export type Seat = NonNullable<SeatListResponse["seats"]>[number];

type Session = SessionListResponse["sessions"][number];

/**
 * The live sessions of a seat, among those of its Kubernetes user. CI sessions use no seat. Where each machine has a seat of
 * its own, only the sessions of the seat's machine count; a session's `user` ends with its host name.
 */
export const sessionsOfSeat = (
  seat: Seat,
  sessions: readonly Session[],
  trackingMode: SeatListResponse["tracking_mode"],
): Session[] =>
  sessions.filter(
    ({ ci, user }) => !ci && (trackingMode !== "ClientCertificate" || user.endsWith(`@${seat.client_hostname}`)),
  );
