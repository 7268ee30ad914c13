/** The settings of seats and machine sessions, in the words of the deployment. */
export type SeatSettings = {
  mode: "period" | "floating";
  graceMinutes: number;
  idleDays?: number | undefined;
  lostMinutes: number;
  reservations: readonly Reservation[];
  /** `machineSessions.max`; without it machine sessions are not limited. */
  machineMax?: number | undefined;
  machineLostMinutes: number;
};

export type Reservation = { name: string; seats: number; users: readonly string[]; namespaces?: readonly string[] };

/** What a deployment has that sets none of them. */
export const DEFAULTS: SeatSettings = {
  mode: "period",
  graceMinutes: 15,
  lostMinutes: 60,
  reservations: [],
  machineLostMinutes: 15,
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** How long a seat is idle before another user may take it over; undefined where nobody ever may. */
export const reclaimAfterMs = ({ mode, graceMinutes, idleDays }: SeatSettings): number | undefined => {
  if (mode === "floating") return graceMinutes * MINUTE;
  return idleDays === undefined ? undefined : idleDays * DAY;
};

/** Until when a seat that is held at `now` is certainly held; null if it may be gone at once. */
export const heldUntil = (
  settings: SeatSettings,
  now: number,
  { periodEnd, licenseEnd }: { periodEnd: number; licenseEnd: number },
): number | null => {
  const reclaimMs = reclaimAfterMs(settings);
  if (reclaimMs === 0) return null;
  const end = settings.mode === "floating" ? licenseEnd : Math.min(periodEnd, licenseEnd);
  return reclaimMs === undefined ? end : Math.min(now + reclaimMs, end);
};
