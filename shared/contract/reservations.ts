import * as v from "valibot";
import { MAX_GLOB_LENGTH } from "./fields.ts";
import { COMMON_POOL } from "./keys.ts";

/** Seats kept for some users: the pool that their claims count in first. */
export type Reservation = {
  name: string;
  seats: number;
  /** Globs over the Kubernetes user. */
  users: readonly string[];
  /** Globs over the namespace of the session's target. Absent: any. */
  namespaces?: readonly string[] | undefined;
};

/** The counter has an attribute for each, and one item holds all. */
const MOST_RESERVATIONS = 50;
const MOST_GLOBS = 100;
const MOST_SEATS = 1_000_000;
/** Lambda limits the environment of a function to 4 KB (Lambda quotas). The other variables of the job need about 1 KB. */
const MOST_BYTES = 2_560;

const SEATS_FAULT = `must be a whole number from 0 to ${MOST_SEATS}`;
const LIST_FAULT = `must be a list of 1 to ${MOST_GLOBS} globs`;
const GLOB_FAULT = `must be a glob of 1 to ${MAX_GLOB_LENGTH} characters`;

const Globs = v.pipe(
  v.array(
    v.pipe(v.string(GLOB_FAULT), v.minLength(1, GLOB_FAULT), v.maxLength(MAX_GLOB_LENGTH, GLOB_FAULT)),
    LIST_FAULT,
  ),
  v.minLength(1, LIST_FAULT),
  v.maxLength(MOST_GLOBS, LIST_FAULT),
);

const NAME_FAULT = `must have 1 to 32 lowercase letters, digits and hyphens, and not be ${COMMON_POOL}`;

const Entry = v.strictObject(
  {
    name: v.pipe(
      v.string(NAME_FAULT),
      v.regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, NAME_FAULT),
      v.check((name) => name !== COMMON_POOL, NAME_FAULT),
    ),
    seats: v.pipe(
      v.number(SEATS_FAULT),
      v.integer(SEATS_FAULT),
      v.minValue(0, SEATS_FAULT),
      v.maxValue(MOST_SEATS, SEATS_FAULT),
    ),
    users: Globs,
    namespaces: v.exactOptional(Globs),
  },
  (issue) =>
    issue.expected === "never" ? "is not a field of a reservation" : "must be an object with name, seats and users",
);

/** The reservations of a deployment, in the order in which they are tried and cut. */
export const Reservations = v.pipe(
  v.array(Entry, "must be a list of reservations"),
  v.maxLength(MOST_RESERVATIONS, `must have at most ${MOST_RESERVATIONS} reservations`),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const names = dataset.value.map(({ name }) => name);
    const twice = new Set(names.filter((name, place) => names.indexOf(name) !== place));
    for (const name of twice) addIssue({ message: `must have different names: ${name} occurs more than once` });
    const bytes = new TextEncoder().encode(JSON.stringify(dataset.value)).length;
    if (bytes > MOST_BYTES)
      addIssue({ message: `must be at most ${MOST_BYTES} bytes as JSON, but is ${bytes}: use shorter or fewer globs` });
  }),
);

/** Reads `SEATS_RESERVATIONS`. The faults name everything that is wrong. */
export const readReservations = (
  text: string | undefined,
): { ok: true; reservations: readonly Reservation[] } | { ok: false; faults: readonly string[] } => {
  if (text === undefined) return { ok: true, reservations: [] };
  const { success, issues, output } = v.safeParse(
    v.pipe(v.string(), v.parseJson({}, "must be JSON"), Reservations),
    text,
  );
  if (success) return { ok: true, reservations: output };
  return {
    ok: false,
    faults: issues.map((issue) => {
      const path = v.getDotPath(issue);
      return `${path === null ? NAME : `${NAME}.${path}`} ${issue.message}`;
    }),
  };
};

const NAME = "SEATS_RESERVATIONS";
