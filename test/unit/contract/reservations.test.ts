import { describe, expect, it } from "vitest";
import { readReservations } from "../../../shared/contract/reservations.ts";

const reserved = (count: number) =>
  JSON.stringify(
    Array.from({ length: count }, (_, place) => ({ name: `pool-${place}`, seats: 1, users: [`team-${place}-*`] })),
  );

describe("reservations", () => {
  it("fit into the environment of a function, of which Lambda limits the size", () => {
    expect(readReservations(reserved(40))).toMatchObject({ ok: true });
    const long = JSON.stringify([
      { name: "one", seats: 1, users: Array.from({ length: 100 }, (_, place) => `é${place}`.repeat(10)) },
    ]);
    expect(readReservations(long)).toEqual({
      ok: false,
      faults: [
        `SEATS_RESERVATIONS must be at most 2560 bytes as JSON, but is ${Buffer.byteLength(long)}: use shorter or fewer globs`,
      ],
    });
  });
});
