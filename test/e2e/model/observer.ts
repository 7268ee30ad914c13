import type { Change } from "../../support/memory-table.ts";
import type { Call } from "./call.ts";
import { periodStart, type Reference, type Session } from "./reference.ts";
import type { Raw } from "./soundness.ts";

/**
 * Reads out of every commit what it does to seats, sessions and operators, tells the reference of it, and looks at what
 * must go together in one commit.
 */
export const createObserver = (reference: Reference, complain: (complaint: string) => void) => {
  const anchors = new Map<string, number>();

  const seeSeats = (changes: readonly Change[], call: Call): void => {
    for (const [name, inBook] of Map.groupBy(changes, ({ key }) => key.pk)) {
      if (!name.startsWith("SEATS#")) continue;
      const seats = inBook.filter(({ key }) => key.sk.startsWith("SEAT#"));
      const counter = inBook.find(({ key }) => key.sk === "COUNTER");
      const gained = seats.filter(({ before }) => before === undefined);
      const lost = seats.filter(({ after }) => after === undefined);
      const counted = number(counter?.after, "claimed") - number(counter?.before, "claimed");
      if (counted !== gained.length - lost.length)
        complain(`${name} counts ${counted} more with ${gained.length} seats more and ${lost.length} less`);
      for (const { before } of lost) {
        reference.release(name, holderOf(name, before), call.cause);
        // Operators learn of it even if the function is killed right afterwards.
        if (!changes.some(({ key }) => key.sk.startsWith("RELEASED")))
          complain(`the seat of ${holderOf(name, before)} is released, and nothing says so to operators`);
      }
      for (const { after } of gained) if (after !== undefined) seeClaim(name, after, changes, call);
    }
  };

  const seeClaim = (name: string, seat: Raw, changes: readonly Change[], call: Call): void => {
    const holder = holderOf(name, seat);
    const { license, cause } = call;
    if (license === undefined) throw new Error(`${holder} is given a seat without a license`);
    if (name !== bookOf(call)) complain(`${holder} is given a seat in ${name}, not in ${bookOf(call)}`);
    if (cause.now >= license.expiresAt) complain(`${holder} is given a seat of a license that has expired`);
    const claimedAt = Date.parse(String(seat["claimedAt"]));
    reference.claim(name, holder, claimedAt, seat["overage"] === true, call.rules());
    if (!isForSession(name, seat, changes, call)) complain(`${holder} is given a seat, and runs nothing: ${cause.by}`);
  };

  // A claim comes with its session, or in a heartbeat, for one that its operator has running.
  const isForSession = (name: string, seat: Raw, changes: readonly Change[], { cause }: Call): boolean => {
    const started = changes.find(({ key, before }) => key.pk.startsWith("SESSION#") && before === undefined)?.after;
    if (started !== undefined)
      return started["seatId"] === seat["id"] && clientHolder(name, started) === holderOf(name, seat);
    if (cause.by !== "beat") return false;
    return [...reference.sessions()].some(
      ([id, session]) =>
        session.state === "live" &&
        cause.listed.has(id) &&
        (isByUser(name) ? session.user : session.client) === holderOf(name, seat),
    );
  };

  /** The seat book that a call's claims belong into, by its license and its time. */
  const bookOf = ({ license, cause }: Call): string | undefined => {
    if (license === undefined) return undefined;
    const { subscriptionId, trackingMode } = license.terms;
    const anchor = anchors.get(String(subscriptionId));
    return anchor === undefined
      ? undefined
      : `SEATS#${subscriptionId}#${trackingMode}#${periodStart(anchor, cause.now)}`;
  };

  const seeAnchor = ({ key, before, after }: Change): void => {
    const anchor = number(after, "anchorDay");
    if (before !== undefined && number(before, "anchorDay") !== anchor)
      complain(`the anchor of ${key.sk} moves to ${anchor}`);
    anchors.set(key.sk, anchor);
  };

  /** A denial is of a session that nobody knows, or of one that runs and has no seat; a session counts once. */
  const seeDenials = (changes: readonly Change[], { cause }: Call): void => {
    for (const { key, before, after } of changes) {
      if (!key.sk.startsWith("DENIAL#") || number(after, "denials") === number(before, "denials")) continue;
      const id = String(after?.["lastSession"]);
      const session = reference.session(id);
      if (session !== undefined && (cause.by !== "beat" || session.state !== "live" || session.denied))
        complain(`a ${cause.by} counts a denial of ${id}, which is ${session.denied ? "denied" : session.state}`);
    }
  };

  const seeUsage = (changes: readonly Change[]): void => {
    const day = changes.filter(({ key }) => key.pk.startsWith("DAY#") && key.sk.startsWith("ROLLUP#"));
    const month = changes.filter(({ key }) => key.pk.startsWith("MONTH#"));
    for (const name of ["sessions", "seconds"]) {
      const [days, months] = [gainOf(day, name), gainOf(month, name)];
      const sessions = changes.filter(({ key }) => key.pk.startsWith("SESSION#"));
      const ended = sessions.reduce((sum, { before, after }) => sum + counted(after, name) - counted(before, name), 0);
      if (days !== ended || months !== ended)
        complain(`sessions count ${ended} ${name} more, days ${days}, months ${months}`);
    }
  };

  return {
    see(changes: readonly Change[], call: Call): void {
      reference.advance();
      seeSeats(changes, call);
      seeDenials(changes, call);
      seeUsage(changes);
      for (const change of changes) {
        const { key, before, after } = change;
        if (key.pk === "LICENSE") seeAnchor(change);
        if (key.pk.startsWith("SESSION#")) reference.become(key.pk.slice(8), after && sessionOf(after), call.cause);
        if (key.pk === "OPERATORS") reference.touch(key.sk, call.cause);
        if (key.pk === "OPERATORS" && (call.cause.by === "beat" || call.cause.by === "register"))
          if (isSignOfLife(before, after, call)) reference.hear(key.sk, call.cause);
      }
    },
    bookOf,
  };
};

const number = (item: Raw | undefined, name: string): number => Number(item?.[name] ?? 0);

const counted = (session: Raw | undefined, name: string): number =>
  session === undefined || session["state"] === "live" ? 0 : name === "sessions" ? 1 : number(session, name);

const gainOf = (rows: readonly Change[], name: string): number =>
  rows.reduce((sum, { before, after }) => sum + number(after, name) - number(before, name), 0);

const sessionOf = (item: Raw): Session => ({
  state: item["state"] as Session["state"],
  instance: String(item["instanceId"]),
  client: String((item["client"] as Raw)["id"]),
  user: String((item["client"] as Raw)["kubernetesUsername"]),
  startedAt: Date.parse(String(item["startedAt"])),
  createdAt: Date.parse(String(item["createdAt"])),
  endedAt: item["endedAt"] === undefined ? undefined : Date.parse(String(item["endedAt"])),
  denied: item["deniedCode"] !== undefined,
});

const isByUser = (book: string): boolean => book.split("#")[2] === "KubernetesUser";

const holderOf = (book: string, seat: Raw | undefined): string =>
  String(seat?.[isByUser(book) ? "kubernetesUsername" : "machineId"]);

const clientHolder = (book: string, session: Raw): string => {
  const client = session["client"] as Raw;
  return String(client[isByUser(book) ? "kubernetesUsername" : "id"]);
};

// A heartbeat touches its operator more than once; the first time is the one that counts.
const isSignOfLife = (before: Raw | undefined, after: Raw | undefined, { cause }: Call): boolean =>
  after !== undefined &&
  "instance" in cause &&
  after["sk"] === cause.instance &&
  (before?.["seq"] !== after["seq"] || before?.["lastHeartbeat"] !== after["lastHeartbeat"]);
