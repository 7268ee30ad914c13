import type { LicenseFile } from "../../../shared/licensing/license-file.ts";
import type { Terms } from "../../support/seat-model/book.ts";
import type { SeatSettings } from "../../support/seat-model/settings.ts";
import { hasSlot } from "../../support/seat-model/slots.ts";
import type { Cause, Reference, ToldEnd } from "./reference.ts";

export type Person = { machine: string; user: string };

/** A session as a request tells of it. */
export type Subject = {
  id: string;
  person: Person | undefined;
  namespace: string;
  instance: string;
  ci: boolean;
};

/** A request, in the words of the reference. */
export type Request = {
  name: string;
  method: "POST";
  path: string;
  body: Readonly<Record<string, unknown>>;
  /** When it was sent for the first time. */
  sentAt: number;
  cause: (now: number, since: number) => Cause;
  /** The sessions it is about. */
  subjects: readonly Subject[];
};

/**
 * One call of the server, from its beginning to its answer. What it is answered must have been true at some moment in
 * between: `was` keeps what has been.
 */
export type Call = {
  readonly name: string;
  readonly cause: Cause;
  readonly subjects: readonly Subject[];
  /** The license it decides by, once it knows it. */
  license: LicenseFile | undefined;
  /** What decides about seats at this moment. */
  terms(): Terms;
  was(fact: Fact, id: string): boolean;
  /** Looks at what is true now. */
  look(): void;
};

/**
 * Of a session: it is unknown, over, live or lost, of the operator and machine that say so, another's, denied, known and not denied; of its user: he may be refused, holds a seat; no machine session may start.
 */
export type Fact =
  | "absent"
  | "ended"
  | "not ended"
  | "own"
  | "another's"
  | "denied"
  | "admitted"
  | "refusable"
  | "seated"
  | "slotless";

export const createCall = (
  { name, subjects }: Pick<Request, "name" | "subjects">,
  cause: Cause,
  reference: Reference,
  { bookOf, settings }: { bookOf: (call: Call) => string | undefined; settings: () => SeatSettings },
): Call => {
  const facts = new Set<string>();
  const note = (fact: Fact, id: string, holds: boolean | undefined): void => {
    if (holds === true) facts.add(`${fact} ${id}`);
  };

  const lookAt = ({ id, person, namespace, instance }: Subject): void => {
    const session = reference.session(id);
    note("absent", id, session === undefined);
    note("ended", id, session?.state === "ended");
    note("not ended", id, session !== undefined && session.state !== "ended");
    const own = session?.instance === instance && (person === undefined || session.client === person.machine);
    note("own", id, own);
    note("another's", id, session !== undefined && !own);
    note("denied", id, session?.denied);
    note("admitted", id, session?.denied === false);
    note("slotless", id, !hasSlot([reference.slotsHeld()], call.terms().settings.machineMax));
    const book = bookOf(call);
    if (book === undefined || person === undefined) return;
    const holder = call.license?.terms.trackingMode === "KubernetesUser" ? person.user : person.machine;
    // A start that is known is never refused, unless it was denied.
    const isOpen = session === undefined || session.denied;
    const asker = { holder, user: person.user, namespace };
    note("refusable", id, isOpen && reference.mayRefuse(book, asker, call.terms()));
    // For two minutes after a change a holder may still be let in on a seat of the book before.
    note(
      "seated",
      id,
      [book, session?.holds?.book].some((name) => name !== undefined && reference.holds(name, holder)),
    );
  };

  const call: Call = {
    name,
    cause,
    subjects,
    license: undefined,
    terms() {
      const terms = call.license?.terms;
      return { max: terms?.maxSeats ?? null, overageAllowed: terms?.type === "enterprise", settings: settings() };
    },
    was: (fact, id) => facts.has(`${fact} ${id}`),
    look: () => subjects.forEach(lookAt),
  };
  return call;
};

/** What an end in a request tells. */
export const toldEnd = (end: { ended_at: string; start?: Record<string, unknown> }, sentAt: number): ToldEnd => {
  const endedAt = Date.parse(end.ended_at);
  const startedAt = end.start === undefined ? endedAt : Date.parse(String(end.start["started_at"]));
  const carriesStart = end.start !== undefined;
  return { endedAt, startedAt, sentAt, carriesStart, isTooLong: endedAt - startedAt > LONGEST };
};

const LONGEST = 35 * 24 * 60 * 60_000;
