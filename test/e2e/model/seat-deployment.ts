import { DEFAULTS, type SeatSettings } from "../../support/seat-model/settings.ts";

/** What a deployment may have configured: swapping them is what happens to a server. */
const KINDS = {
  period: {},
  "period, reclaimed after 7 days": { idleDays: 7 },
  floating: { mode: "floating", graceMinutes: 15 },
  "floating, no grace": { mode: "floating", graceMinutes: 0 },
  "period with a pool": { reservations: [{ name: "a", seats: 1, users: ["a*"] }] },
  "floating with pools": {
    mode: "floating",
    graceMinutes: 5,
    reservations: [
      { name: "gpu", seats: 1, users: ["*"], namespaces: ["gpu"] },
      { name: "a", seats: 1, users: ["a*"] },
    ],
  },
  "reclaimed, with a pool": { idleDays: 1, reservations: [{ name: "bo", seats: 1, users: ["bo", "cy"] }] },
} as const satisfies Record<string, Partial<SeatSettings>>;

export type SeatSettingsKind = keyof typeof KINDS;

export const SEAT_SETTINGS = Object.keys(KINDS) as SeatSettingsKind[];

/** What `machineSessions.max` may be: the server has no such limit yet. */
export const MACHINE_MAXIMA: readonly (number | undefined)[] = [undefined];

export const settingsOf = (kind: SeatSettingsKind): SeatSettings => ({ ...DEFAULTS, ...KINDS[kind] });

/** The environment of the job that puts the settings into force. */
export const environmentOf = (kind: SeatSettingsKind): Readonly<Record<string, string>> => {
  const { mode, graceMinutes, idleDays, lostMinutes, reservations } = settingsOf(kind);
  return {
    SEATS_MODE: mode,
    SEATS_GRACE_MINUTES: String(graceMinutes),
    SEATS_LOST_MINUTES: String(lostMinutes),
    ...(reservations.length === 0 ? {} : { SEATS_RESERVATIONS: JSON.stringify(reservations) }),
    ...(idleDays === undefined ? {} : { SEATS_IDLE_DAYS: String(idleDays) }),
  };
};
