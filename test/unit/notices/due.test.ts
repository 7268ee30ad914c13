import { describe, expect, it } from "vitest";
import { bookPartition } from "../../../shared/contract/keys.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { noticesDue, type Watched } from "../../../shared/notices/due.ts";
import type { Notice } from "../../../shared/notices/notice.ts";
import { DEFAULT_THRESHOLDS } from "../../../shared/notices/thresholds.ts";
import { operatorFrom } from "../../../shared/operators/operator.ts";
import { bookOf } from "../../../shared/seats/book.ts";
import { FIRST_RULES } from "../../../shared/seats/rules.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";

const END = Date.parse("2027-03-01T12:00:00Z");
const PERIOD = { from: Date.parse("2027-02-01"), to: Date.parse("2027-03-01") };

const { pem } = await mintLicense({
  organization: "Acme",
  terms: mintTerms({ max_seats: 10, subscription_id: "acme" }),
  notBefore: END - 365 * DAY_MS,
  notAfter: END,
  serialNumber: "01",
});
const reading = readLicenseFile(pem);
if (!reading.ok) throw new Error(reading.reason);
const { license } = reading;
const book = bookOf(license, PERIOD);

const NOTHING: Watched = {
  held: undefined,
  denials: [],
  operators: [],
  staleMs: 180_000,
  thresholds: DEFAULT_THRESHOLDS,
};
const FAR_FROM_END = END - 100 * DAY_MS;

const due = (watched: Partial<Watched>, now = FAR_FROM_END): Notice[] =>
  noticesDue({ ...NOTHING, ...watched }, now).filter(({ kind }) => kind !== "license.logged");

describe("the notice of floating seats in use", () => {
  const floating = bookOf(license, PERIOD, { ...FIRST_RULES, mode: "floating", generation: 1, holding: 1 });
  const at = (now: number) => due({ held: { license, book: floating, claimed: 8 } }, now);

  it("is due anew each month, since the book has no end, and names no period", () => {
    const [first, same, next] = ["2026-10-03", "2026-10-31", "2026-11-01"].map((day) => at(Date.parse(day))[0]);
    expect(first?.what).toBe(same?.what);
    expect(first?.what).not.toBe(next?.what);
    expect(first?.facts).not.toHaveProperty("periodTo");
    expect(first?.message?.text).toContain("8 of 10 floating seats are in use.");
  });
});

describe("the notice of a license's end", () => {
  const atDays = (days: number) => due({ held: { license, book, claimed: 0 } }, END - days * DAY_MS);

  it("is due from 30, 14, 7, 2 and 1 days before on, each until the next", () => {
    const whats = [31, 30, 29.9, 14.01, 14, 13, 7.5, 7, 3, 2, 1.5, 1, 0.01].map((days) =>
      atDays(days).map(({ what }) => what.split("#")[1]),
    );
    expect(whats.flat()).toEqual("30 30 30 14 14 14 7 7 2 2 1 1".split(" "));
    expect(whats[0]).toEqual([]);
  });

  it("is due anew for each day that the license is over, the moment of its end included", () => {
    expect([0, -0.9, -1, -1.5, -2, -400].map((days) => atDays(days)[0]?.what.split("#")[1])).toEqual(
      ["0", "0", "1", "1", "2", "400"].map((days) => `expired ${days}`),
    );
  });

  it("says how many days are left, what happens then and what to do, and never the PEM", () => {
    const [soon] = atDays(6.5);
    expect(soon?.message?.subject).toBe("mirrord license expires in 7 days");
    expect(soon?.message?.text).toMatch(/2027-03-01T12:00:00.000Z, in 7 days\.[\s\S]*no new session[\s\S]*What to do:/);
    expect(atDays(0.5)[0]?.message?.subject).toBe("mirrord license expires in 1 day");
    expect(atDays(-3)[0]?.message).toMatchObject({
      subject: expect.stringContaining("expired"),
      text: expect.stringMatching(/3 days ago[\s\S]*LicenseExpired[\s\S]*What to do:/),
    });
    expect(JSON.stringify([soon, atDays(-3)])).not.toContain(pem.split("\n")[3]);
  });

  it("is another one for another license, for a renewed one ends again", () => {
    expect(atDays(5)[0]?.what).toContain(license.fingerprint);
  });
});

describe("the notice of seats", () => {
  const at = (claimed: number, max: number | null = 10) =>
    due({ held: { license, book: { ...book, max }, claimed } }).map(({ facts, message }) => [
      facts["percent"],
      message?.subject,
    ]);

  it("is due from 80 % and from 100 % of the book on, beyond it as well", () => {
    expect([0, 7].map((claimed) => at(claimed))).toEqual([[], []]);
    expect([8, 9].map((claimed) => at(claimed))).toEqual(Array(2).fill([[80, "mirrord seats: 80 % in use"]]));
    for (const claimed of [10, 12]) expect(at(claimed)).toContainEqual([100, "mirrord seats: all in use"]);
  });

  it("tells people of the highest threshold alone where both are reached at once", () => {
    expect(at(10)).toEqual([
      [80, undefined],
      [100, "mirrord seats: all in use"],
    ]);
  });

  it("is never due where seats are unlimited, nor for a license without any while nobody has one", () => {
    expect([at(1_000, null), at(0, 0)]).toEqual([[], []]);
    expect(at(1, 0)).toHaveLength(2);
  });

  it("is one for each book, threshold and maximum", () => {
    const whats = due({ held: { license, book, claimed: 10 } }).map(({ what }) => what);
    expect(whats).toEqual([80, 100].map((percent) => `${bookPartition(book.id)}#10#${percent}`));
  });

  it("says what the numbers are and what to do", () => {
    expect(due({ held: { license, book, claimed: 9 } })[0]?.message?.text).toMatch(
      /^9 of 10 seats[\s\S]*2027-03-01[\s\S]*What to do:[\s\S]*release/,
    );
  });
});

describe("the notice of denials", () => {
  it("is due for each day with a denial, however many, and says whom to ask", () => {
    const denials = [
      { day: "2027-01-01", users: 1, denials: 1 },
      { day: "2027-01-02", users: 3, denials: 70 },
      { day: "2027-01-03", users: 0, denials: 0 },
    ];
    const notices = due({ denials });
    expect(notices.map(({ what }) => what)).toEqual(["2027-01-01", "2027-01-02"]);
    expect(notices[1]?.message?.text).toMatch(
      /70 so far, of 3 users[\s\S]*What to do:[\s\S]*reports\/denials\?from=2027-01-02/,
    );
  });
});

describe("the note of a stale operator", () => {
  const heard = Date.parse("2026-11-01T00:00:00Z");
  const item = {
    sk: "op-1",
    cluster: "eu",
    version: "3.1.0",
    lastHeartbeat: new Date(heard).toISOString(),
    liveCount: 2,
  };
  const at = (changes: object, later: number) =>
    due({ operators: [operatorFrom({ ...item, ...changes })] }, heard + later);

  it("is due after three missed heartbeats, not before", () => {
    expect(at({}, 3 * MINUTE_MS)).toEqual([]);
    expect(at({}, 3 * MINUTE_MS + 1)).toMatchObject([
      { kind: "operator.stale", facts: { instanceId: "op-1", cluster: "eu", liveSessions: 2 } },
    ]);
  });

  it("is an event alone: people are told by an alarm", () => {
    expect(at({}, HOUR_MS)[0]?.message).toBeUndefined();
  });

  it("is one for each silence", () => {
    const [first] = at({}, HOUR_MS);
    const [second] = at({ lastHeartbeat: new Date(heard + HOUR_MS).toISOString() }, 2 * HOUR_MS);
    expect(first?.what).not.toBe(second?.what);
    expect(at({}, 5 * HOUR_MS)[0]?.what).toBe(first?.what);
  });

  it("is not due for one that was given up or has never been heard of", () => {
    expect(at({ expiresAt: 1 }, HOUR_MS)).toEqual([]);
    expect(at({ lastHeartbeat: undefined }, HOUR_MS)).toEqual([]);
  });
});

describe("the license's line in the log", () => {
  it("is due once a UTC day, also where there is no license", () => {
    const whats = [0, 1, 23, 24].map((hours) => noticesDue(NOTHING, Date.parse("2027-01-01") + hours * HOUR_MS));
    expect(whats.map(([line]) => line?.what)).toEqual(["2027-01-01", "2027-01-01", "2027-01-01", "2027-01-02"]);
  });
});
