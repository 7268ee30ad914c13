import { expect, it } from "vitest";
import { followBook } from "../../../shared/seats/book-day.ts";

const change = (at: number, seatId: string, claimed: boolean) => ({ at, seatId, claimed, book: "b" });

it("a take-over moves a seat: at no moment are more held, whichever row the audit has first", () => {
  const rows = [change(10, "new", true), change(10, "old", false)];
  for (const changes of [rows, rows.toReversed()])
    expect(followBook(2, changes, [{ from: 0, max: 2 }])).toEqual({ held: 2, overage: 0 });
});

it("a maximum that falls makes overage of what is held, and one that rises ends it", () => {
  const maxima = [
    { from: 0, max: 5 },
    { from: 10, max: 2 },
    { from: 20, max: 9 },
  ];
  expect(followBook(4, [], maxima)).toEqual({ held: 4, overage: 2 });
  expect(followBook(4, [change(21, "x", true)], maxima)).toEqual({ held: 5, overage: 2 });
  expect(followBook(4, [change(21, "x", true)], [{ from: 0, max: null }])).toEqual({ held: 5, overage: 0 });
});
