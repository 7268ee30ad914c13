import fc from "fast-check";
import type { Rules } from "./reference-model.ts";
import type { Delivery } from "./small-operator.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How many histories a property runs through; more of them with HISTORIES=n. */
export const historyRuns = (usual: number): number => Number(process.env["HISTORIES"] ?? usual);

/** Long enough for them where other work shares the machine. */
export const HISTORIES_TIMEOUT_MS = 300_000 + 6_000 * historyRuns(20);

// Before a midnight, a month's and a year's end, around a leap day, and at no special time.
const BEGINNINGS = [
  "2026-12-31T23:50:00Z",
  "2027-02-28T23:58:30Z",
  "2028-02-28T23:59:00Z",
  "2028-02-29T22:00:00.250Z",
  "2027-04-30T12:00:00Z",
  "2027-06-15T09:30:00Z",
].map((text) => Date.parse(text));

export const settings = fc.record({
  beginning: fc.constantFrom(...BEGINNINGS),
  anchorDay: fc.constantFrom(1, 15, 28, 29, 30, 31),
  seats: fc.constantFrom<Pick<Rules, "maxSeats" | "overageAllowed">>(
    { maxSeats: 2, overageAllowed: false },
    { maxSeats: 2, overageAllowed: true },
    { maxSeats: null, overageAllowed: false },
  ),
  mode: fc.constantFrom<"ClientCertificate" | "KubernetesUser">("ClientCertificate", "KubernetesUser"),
  skewsMs: fc.array(skew(), { minLength: 2, maxLength: 2 }),
});

function skew() {
  return fc.constantFrom(0, 0, 2 * MINUTE, -4 * MINUTE, 3 * HOUR, -26 * HOUR);
}

export type Setting = typeof settings extends fc.Arbitrary<infer T> ? T : never;

const operator = fc.nat(1);
const delivery = fc.constantFrom<Delivery>("whole", "whole", "whole", "request lost", "answer lost", "late");
const what = { person: fc.nat(99), target: fc.nat(99), ci: fc.nat(3).map((n) => n === 0) };
const pick = fc.nat(1_000);
const tell = fc.constantFrom<"later" | "by call">("later", "by call");

const wait = fc.record({
  do: fc.constant("wait" as const),
  ms: fc.constantFrom(1, 999, 20_000, MINUTE, MINUTE, 5 * MINUTE + 1, 20 * MINUTE, 3 * HOUR, DAY, 4 * DAY),
});
const start = fc.record({ do: fc.constant("start" as const), operator, ...what, delivery, asks: fc.boolean() });
const end = fc.record({ do: fc.constant("end" as const), operator, pick, tell, delivery });
const beat = fc.record({ do: fc.constant("beat" as const), operator, delivery, apart: fc.boolean() });

/** What operators that lose nothing can live through. */
export const commands = fc.oneof(
  { weight: 6, arbitrary: wait },
  { weight: 6, arbitrary: start },
  { weight: 5, arbitrary: end },
  { weight: 6, arbitrary: beat },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("land" as const), operator }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("repeat" as const), operator, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), operator }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("look" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("clock" as const), operator, skewMs: skew() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("renumber" as const), operator, registers: fc.boolean() }) },
  // Ran from so long ago, for so long, with nobody told.
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("had" as const),
      operator,
      ...what,
      agoMs: fc.constantFrom(HOUR, DAY, 3 * DAY),
      lastedMs: fc.constantFrom(0, 1_500, 59 * MINUTE),
    }),
  },
);

/** And what befalls operators that leave out what runs. */
export const forgetfulCommands = fc.oneof(
  { weight: 8, arbitrary: commands },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("forget" as const), operator, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remember" as const), operator, pick }) },
);

export type Command = typeof forgetfulCommands extends fc.Arbitrary<infer T> ? T : never;
