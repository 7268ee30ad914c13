import { counterKey } from "../contract/keys.ts";
import { listOperators } from "../operators/list.ts";
import { type Book, bookMark, bookName } from "../seats/book.ts";
import { unheldWrite } from "../seats/holds.ts";
import { listSeats } from "../seats/list.ts";
import { SETTLED_AFTER_MS } from "../seats/rules.ts";
import type { Moment } from "../sessions/deps.ts";
import { inParallel } from "../store/parallel.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";

const WRITES_AT_ONCE = 8;

/**
 * Allows seats of a book to be taken over, once every live session holds its seat. By then all functions obey the rules, and a
 * heartbeat of every operator with live sessions has given each of them its place. An operator that is silent delays it until
 * its sessions are lost. Seats that nobody holds are idle since their users were last seen. `waiting`: how many operators are
 * left.
 */
export const settleHolding = async (
  { table, pace }: { table: Table; pace: Pace },
  book: Book,
  { now, deadline }: Moment,
): Promise<{ waiting: number }> => {
  const { holding, generation, since } = book.rules;
  const counter = await table.get(counterKey(book.id), { consistent: true });
  if (counter === undefined || holding === undefined || Number(counter["holding"]) === holding) return { waiting: 0 };
  const mark = bookMark(book);
  const operators = await listOperators(table, { consistent: true });
  const waiting = operators.filter(({ digest, book: noted }) => digest.count > 0 && noted !== mark).length;
  if (waiting > 0 || now < since + SETTLED_AFTER_MS) return { waiting };
  const unheld = (await listSeats(table, book)).filter(({ live }) => live === undefined);
  await inParallel(unheld, WRITES_AT_ONCE, async (seat) => {
    if (pace.now() < deadline) await table.write(unheldWrite(bookName(book), seat));
  });
  if (pace.now() >= deadline) return { waiting };
  await table.write({
    kind: "update",
    key: counterKey(book.id),
    update: {
      expression: "SET holding = :holding, generation = :generation",
      values: { ":holding": holding, ":generation": generation },
    },
    // The marks of the operators are of these rules. Later ones begin again.
    condition: { expression: "attribute_not_exists(generation) OR generation <= :generation" },
  });
  return { waiting };
};
