/** What must hold of the table's items at every moment, whatever is under way: each complaint is one way it does not. */

export type Raw = Readonly<Record<string, unknown>>;

export const complaintsOf = (items: readonly Raw[]): string[] => [
  ...seatComplaints(items),
  ...rollupComplaints(items),
  ...items.filter(isSession).flatMap(sessionComplaints),
];

const text = (item: Raw, name: string): string => String(item[name]);
const isSession = (item: Raw): boolean => text(item, "pk").startsWith("SESSION#");
const isRow = (item: Raw): boolean => text(item, "sk").startsWith("ROLLUP#");

/** Invariant 2: the counter equals the number of seat items of its book; and each has its row in the audit. */
const seatComplaints = (items: readonly Raw[]): string[] => {
  const counted = new Map<string, number>();
  const there = new Map<string, number>();
  let audited = 0;
  for (const item of items) {
    const [pk, sk] = [text(item, "pk"), text(item, "sk")];
    if (pk.startsWith("AUDIT#")) audited += AUDITED[text(item, "action")] ?? 0;
    if (!pk.startsWith("SEATS#")) continue;
    if (sk === "COUNTER") counted.set(pk, Number(item["claimed"] ?? 0));
    if (sk.startsWith("SEAT#")) there.set(pk, (there.get(pk) ?? 0) + 1);
  }
  const complaints = [...new Set([...counted.keys(), ...there.keys()])]
    .filter((book) => (counted.get(book) ?? 0) !== (there.get(book) ?? 0))
    .map((book) => `${book} counts ${counted.get(book)} seats and has ${there.get(book) ?? 0}`);
  const seats = [...there.values()].reduce((sum, one) => sum + one, 0);
  return audited === seats ? complaints : [...complaints, `the audit tells of ${audited} seats, there are ${seats}`];
};

const AUDITED: Readonly<Record<string, number>> = { "seat.claimed": 1, "seat.overage": 1, "seat.released": -1 };

/** Invariant 3: days equal what the ended sessions add up to, extremes included; months equal their days. */
const rollupComplaints = (items: readonly Raw[]): string[] => {
  const days = new Map<string, Sums>();
  const months = new Map<string, Sums>();
  for (const item of items)
    if (isSession(item) && item["state"] !== "live") {
      const name = `${text(item, "shard")}|${JSON.stringify(identityOf(item))}`;
      const sums = {
        sessions: 1,
        seconds: Number(item["seconds"]),
        first: text(item, "startedAt"),
        last: text(item, "endedAt"),
      };
      add(days, `DAY#${sums.last.slice(0, 10)}|${name}`, sums);
      add(months, `MONTH#${sums.last.slice(0, 7)}|${name}`, sums);
    }
  const expected = new Map([...days, ...months]);
  const complaints: string[] = [];
  for (const item of items.filter(isRow)) {
    const name = `${text(item, "pk")}|${text(item, "sk").split("#")[2]}|${JSON.stringify(rowIdentityOf(item))}`;
    const found = {
      sessions: Number(item["sessions"]),
      seconds: Number(item["seconds"]),
      first: text(item, "firstStart"),
      last: text(item, "lastEnd"),
    };
    const wanted = expected.get(name);
    expected.delete(name);
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      complaints.push(`${name} is ${JSON.stringify(found)} and not ${JSON.stringify(wanted)}`);
  }
  return [...complaints, ...[...expected.keys()].map((name) => `${name} is missing`)];
};

type Sums = { sessions: number; seconds: number; first: string; last: string };

const add = (rows: Map<string, Sums>, name: string, one: Sums): void => {
  const sum = rows.get(name);
  if (sum === undefined) rows.set(name, one);
  else
    rows.set(name, {
      sessions: sum.sessions + one.sessions,
      seconds: sum.seconds + one.seconds,
      first: least(one.first, sum.first),
      last: sum.last === least(one.last, sum.last) ? one.last : sum.last,
    });
};

const least = (one: string, other: string): string => {
  if (one < other) return one;
  return other;
};

const identityOf = (session: Raw): unknown[] => {
  const client = session["client"] as Raw;
  const target = session["target"] as Raw;
  return [
    ...["id", "kubernetesUsername", "username", "hostname"].map((name) => client[name]),
    ...["namespace", "kind", "name"].map((name) => target[name]),
    session["ci"],
  ];
};

const rowIdentityOf = (row: Raw): unknown[] =>
  [
    "machineId",
    "kubernetesUsername",
    "clientUsername",
    "clientHostname",
    "namespace",
    "targetKind",
    "targetName",
    "ci",
  ].map((name) => row[name]);

/** A session is listed where its state says, and expires only once it is over. */
const sessionComplaints = (session: Raw): string[] => {
  const live = session["state"] === "live";
  const list = live ? `LIVE#${text(session, "instanceId")}` : `ENDED#${text(session, "endedAt").slice(0, 10)}`;
  const at = text(session, live ? "startedAt" : "endedAt");
  const seconds = Math.floor((Date.parse(text(session, "endedAt")) - Date.parse(text(session, "startedAt"))) / 1_000);
  return [
    ...(session["list"] === list && session["at"] === at ? [] : [`${text(session, "pk")} is not listed as it is`]),
    ...("expiresAt" in session === !live ? [] : [`${text(session, "pk")} expires and is live, or is over for ever`]),
    ...(live || session["seconds"] === seconds ? [] : [`${text(session, "pk")} lasted ${seconds} s`]),
  ];
};
