import { describe, expect, it } from "vitest";
import { turnstile } from "../../../shared/store/turnstile.ts";

/** Pieces of work that are ended by hand, and the order in which they began. */
const bench = (places: number) => {
  const inTurn = turnstile(places);
  const begun: string[] = [];
  const start = (name: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const result = inTurn(() => {
      begun.push(name);
      return promise;
    });
    return { end: () => resolve(name), fail: () => reject(new Error(name)), result };
  };
  return { begun, start };
};

describe("a turnstile", () => {
  it("lets no more in than there are places, the others in the order they came", async () => {
    const { begun, start } = bench(2);
    const [a, b, c, d] = [start("a"), start("b"), start("c"), start("d")];
    expect(begun).toEqual(["a", "b"]);
    b.end();
    expect(await b.result).toBe("b");
    expect(begun).toEqual(["a", "b", "c"]);
    const late = start("e");
    a.end();
    await a.result;
    expect(begun).toEqual(["a", "b", "c", "d"]);
    for (const work of [c, d, late]) work.end();
    expect(await late.result).toBe("e");
  });

  it("passes a failure on and gives its place to the next", async () => {
    const { begun, start } = bench(1);
    const [a, b] = [start("a"), start("b")];
    a.fail();
    await expect(a.result).rejects.toThrow("a");
    b.end();
    expect(await b.result).toBe("b");
    expect(begun).toEqual(["a", "b"]);
  });
});
