import type { LicenseFile } from "../../../shared/licensing/license-file.ts";
import type { Change } from "../../support/memory-table.ts";
import { DEFAULTS, reclaimAfterMs, type SeatSettings } from "../../support/seat-model/settings.ts";
import { counterOf, holdsOf, isSettings, seatOf, settingsOf } from "../../support/seat-model/stored.ts";
import type { Call } from "./call.ts";
import { type Claim, periodStart, type Reference, type Session } from "./reference.ts";
import type { Raw } from "./soundness.ts";

/**
 * Reads out of every commit what it does to seats, sessions and operators, tells the reference of it, and looks at what
 * must go together in one commit.
 */
export const createObserver = (
  reference: Reference,
  { machineMax, licenseInForce }: { machineMax: number | undefined; licenseInForce: () => LicenseFile },
  complain: (complaint: string) => void,
) => {
  const anchors = new Map<string, number>();
  /** Those in force: every function obeys the table's, whatever it began with. */
  let settings: SeatSettings = { ...DEFAULTS, machineMax };
  let before = settings;
  /** All that were in force, with the times of the calls that changed them. */
  const changed: { settings: SeatSettings; at: number }[] = [{ settings, at: Number.NEGATIVE_INFINITY }];
  /** The book that the latest claim went into. */
  let current: string | undefined;

  const seeSeats = (changes: readonly Change[], call: Call): void => {
    for (const [name, inBook] of Map.groupBy(changes, ({ key }) => key.pk)) {
      if (!name.startsWith("SEATS#")) continue;
      const seats = inBook.filter(({ key }) => key.sk.startsWith("SEAT#"));
      const counter = inBook.find(({ key }) => key.sk === "COUNTER");
      const gained = seats.filter(({ before }) => before === undefined);
      const lost = seats.filter(({ after }) => after === undefined);
      for (const { before, after } of seats)
        if (before !== undefined && after !== undefined)
          reference.name(name, holderOf(name, before), seatOf(after)?.claim);
      const counted = number(counter?.after, "claimed") - number(counter?.before, "claimed");
      if (counted !== gained.length - lost.length)
        complain(`${name} counts ${counted} more with ${gained.length} seats more and ${lost.length} less`);
      if (call.cause.by === "release") {
        for (const { before } of lost) seeRelease(name, holderOf(name, before), changes, call);
        continue;
      }
      const [claim, ...others] = gained.map(({ after }) => after ?? {});
      const [taken] = lost.map(({ before }) => before ?? {});
      if (claim === undefined)
        for (const { before } of lost)
          reference.sweep(name, holderOf(name, before), idleSince(before), graceMs(name, call), call.cause.now);
      else {
        if (others.length > 0 || lost.length > 1) complain(`${name} gets ${gained.length} seats, loses ${lost.length}`);
        seeClaim(name, claim, changes, call, taken);
      }
    }
  };

  // A floating book that is not in use keeps no idle seat for anybody.
  const graceMs = (name: string, call: Call): number => (name === bookOf(call) ? (reclaimAfterMs(settings) ?? 0) : 0);

  const seeRelease = (name: string, holder: string, changes: readonly Change[], { cause }: Call): void => {
    reference.release(name, holder, cause);
    // Operators learn of it even if the function is killed right afterwards.
    if (!changes.some(({ key }) => key.sk.startsWith("RELEASED")))
      complain(`the seat of ${holder} is released, and nothing says so to operators`);
  };

  const seeClaim = (name: string, seat: Raw, changes: readonly Change[], call: Call, taken: Raw | undefined): void => {
    const holder = holderOf(name, seat);
    const { license, cause } = call;
    if (license === undefined) throw new Error(`${holder} is given a seat without a license`);
    if (!mayClaimIn(name, call)) complain(`${holder} is given a seat in ${name}, not in ${bookOf(call)}`);
    current = name;
    if (cause.now >= license.expiresAt) complain(`${holder} is given a seat of a license that has expired`);
    const asker = askerOf(name, seat, changes, call);
    if (asker === undefined) {
      complain(`${holder} is given a seat, and runs nothing: ${cause.by}`);
      return;
    }
    const claim: Claim = {
      ...asker,
      holder,
      seatId: String(seat["id"]),
      claim: seatOf(seat)?.claim,
      pool: seatOf(seat)?.pool ?? "",
      claimedAt: Date.parse(String(seat["claimedAt"])),
      overage: seat["overage"] === true,
    };
    const terms = { ...call.terms(), settings: settingsIn(name, changes) };
    if (taken === undefined) reference.claim(name, claim, terms);
    else reference.takeOver(name, holderOf(name, taken), idleSince(taken), claim, terms, cause.now);
  };

  /** A change is of the book of its time. So a call that was delayed beyond its period's end obeys the rules of before it. */
  const settingsIn = (name: string, changes: readonly Change[]): SeatSettings => {
    const counter = changes.map(({ after }) => after && counterOf(after)).find((one) => one?.book === name);
    if (counter === undefined || counter.pools !== undefined) return settings;
    const [, subscriptionId, , period] = name.split("#");
    const anchor = anchors.get(String(subscriptionId));
    const isOverAt = (at: number): boolean =>
      period !== "floating" && anchor !== undefined && periodStart(anchor, at) > String(period);
    return changed.findLast(({ at }) => at === Number.NEGATIVE_INFINITY || !isOverAt(at))?.settings ?? settings;
  };

  // A claim comes with its session, or in a heartbeat, for one that its operator has running, or that turns out to be live.
  const askerOf = (name: string, seat: Raw, changes: readonly Change[], { cause }: Call) => {
    const holder = holderOf(name, seat);
    const started = changes
      .map(({ after }) => after ?? {})
      .find((item) => isLiveSession(item) && seatHeldBy(item)?.id === seat["id"]);
    if (started !== undefined && clientHolder(name, started) === holder)
      return {
        user: String((started["client"] as Raw)["kubernetesUsername"]),
        namespace: String((started["target"] as Raw)["namespace"]),
      };
    if (cause.by !== "beat") return undefined;
    const isOf = (session: Session) => (isByUser(name) ? session.user : session.client) === holder;
    return [...reference.sessions()].find(
      ([id, session]) => session.state === "live" && cause.listed.has(id) && isOf(session),
    )?.[1];
  };

  /** The seat book that a call's claims belong into, by its license and its time. */
  const bookOf = ({ license, cause }: Call, { mode } = settings): string | undefined => {
    if (license === undefined) return undefined;
    const { subscriptionId, trackingMode } = license.terms;
    const anchor = anchors.get(String(subscriptionId));
    if (anchor === undefined) return undefined;
    return `SEATS#${subscriptionId}#${trackingMode}#${mode === "floating" ? "floating" : periodStart(anchor, cause.now)}`;
  };

  /** A change closes the books of the license of its time: a function with another one may not know of it for a while. */
  const mayClaimIn = (name: string, call: Call): boolean =>
    name === bookOf(call) ||
    (call.license?.fingerprint !== licenseInForce().fingerprint && name === bookOf(call, before));

  const seeSettings = (item: Raw, { cause }: Call): void => {
    before = settings;
    settings = { ...settingsOf(item), machineMax };
    changed.push({ settings, at: cause.now });
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
      const isRevived = session?.state === "lost" && cause.by !== "reap";
      if (session !== undefined && !isRevived && (cause.by !== "beat" || session.state !== "live" || session.denied))
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
        if (after !== undefined && isSettings(after)) seeSettings(after, call);
        if (key.pk.startsWith("SESSION#")) reference.become(key.pk.slice(8), after && sessionOf(after), call.cause);
        if (key.pk === "OPERATORS") reference.touch(key.sk, call.cause);
        if (key.pk === "OPERATORS" && (call.cause.by === "beat" || call.cause.by === "register"))
          if (isSignOfLife(before, after, call)) reference.hear(key.sk, call.cause);
      }
    },
    bookOf,
    settings: () => settings,
    /** Whether nobody is let in by the live sessions that a book's seats count: it is closed, or no seat is taken over. */
    isOver: (book: string): boolean =>
      reclaimAfterMs(settings) === undefined || (current !== undefined && book !== current),
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
  namespace: String((item["target"] as Raw)["namespace"]),
  machine: item["ci"] === true,
  book: item["book"] === undefined ? undefined : String(item["book"]),
  holdsSlot: holdsOf(item).slot !== undefined,
  holds: seatHeldBy(item),
});

/** By its record. In plain `period` it names no claim: there it has the seat of its book. */
const seatHeldBy = (item: Raw): Session["holds"] => {
  if (item["holds"] !== undefined) return holdsOf(item).seat;
  const [book, id] = [item["book"], item["seatId"]];
  if (String(book).endsWith("#floating")) return undefined;
  return book === undefined || id === undefined ? undefined : { book: String(book), id: String(id), claim: undefined };
};

const isLiveSession = (item: Raw): boolean => String(item["pk"]).startsWith("SESSION#") && item["state"] === "live";

const idleSince = (seat: Raw | undefined): number | undefined => seat && seatOf(seat)?.idleSince;

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
