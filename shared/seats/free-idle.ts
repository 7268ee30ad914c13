import { counterKeyIn, idleList } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Item, Table, Write } from "../store/table.ts";
import { auditWrite, poolIn } from "./audit.ts";
import { type Book, bookName } from "./book.ts";
import { floatingBook, leftBooks } from "./change-rules.ts";
import { idleDelete } from "./holds.ts";
import { countedOff, countsPools, poolsIn } from "./pool-counts.ts";
import { idleMsOf } from "./rules.ts";
import { type Seat, seatFrom } from "./seat.ts";

export type FreeIdleDeps = { table: Table; pace: Pace; newId: () => string; retentionDays: number };

/** So many seats are freed in one transaction, each with its audit row. */
const SEATS_AT_ONCE = 25;

/**
 * Deletes the floating seats that no live session has held for longer than the grace, and counts them off. Without it, `used`
 * would count seats that anybody may take over. A seat that a session holds by now stays. The floating books that are no longer
 * in use keep no seat for anybody. Returns how many are free.
 */
export const freeIdleSeats = async (deps: FreeIdleDeps, book: Book, moment: Moment): Promise<number> => {
  if (book.rules.generation === 0) return 0;
  let freed = 0;
  for (const name of new Set([floatingBook(book.id), ...(await leftBooks(deps.table))])) {
    const isInUse = bookName(book) === name;
    const counter = await deps.table.get(counterKeyIn(name), { consistent: true });
    const mayFree = !isInUse || Number(counter?.["holding"]) === book.rules.holding;
    if (mayFree && Number(counter?.["claimed"] ?? 0) > 0)
      for (const pool of poolsIn(counter))
        freed += await freeIn(deps, { name, pool, counter }, isInUse ? (idleMsOf(book.rules) ?? 0) : 0, moment);
  }
  return freed;
};

type Moment = { now: EpochMs; deadline: EpochMs };

/** A pool of a book, with the counter as it was read. */
type PoolOfBook = { name: string; pool: string; counter: Item | undefined };

const freeIn = async (deps: FreeIdleDeps, of: PoolOfBook, idleMs: number, moment: Moment): Promise<number> => {
  const { now, deadline } = moment;
  const range = { from: "0", to: formatTime(now - idleMs) };
  const seats = (await deps.table.query({ partition: idleList(of.name, of.pool), index: true, range })).map(seatFrom);
  let freed = 0;
  for (let start = 0; start < seats.length && deps.pace.now() < deadline; start += SEATS_AT_ONCE) {
    const group = seats.slice(start, start + SEATS_AT_ONCE);
    if (await free(deps, of, group, moment)) freed += group.length;
    else for (const seat of group) if (await free(deps, of, [seat], moment)) freed += 1;
  }
  return freed;
};

const free = (
  { table, pace, newId, retentionDays }: FreeIdleDeps,
  { name, counter }: PoolOfBook,
  seats: readonly Seat[],
  { now, deadline }: Moment,
): Promise<boolean> =>
  retrying(pace, deadline, async () => {
    const { condition, ...update } = countedOff(
      seats.map(({ pool }) => pool),
      countsPools(counter),
    );
    const counted: Write = { kind: "update", key: counterKeyIn(name), update, condition };
    const audits = seats.map(({ id, kubernetesUsername, clientHostname, pool }) => {
      const entry = {
        action: "seat.released",
        actor: "server",
        seatId: id,
        book: name,
        ...poolIn(pool),
        kubernetesUsername,
        clientHostname,
      } as const;
      return auditWrite(entry, now, newId(), retentionDays);
    });
    const deletes = seats.map((seat) => idleDelete(name, seat));
    const { outcome } = await table.transact([...deletes, counted, ...audits]);
    return outcome === "conflict" ? undefined : outcome === "committed";
  });
