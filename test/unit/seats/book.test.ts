import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isBookName, isLaterBook, isNamed, seatIdOf } from "../../../shared/seats/book.ts";

const NAME = "SEATS#sub-1#ClientCertificate#2026-12-05";
/** What the releases before this one wrote into a session's record. */
const MARK = createHash("sha256").update(NAME).digest("base64url").slice(0, 8);

describe("the book in a session's record", () => {
  it("is recognised by its name, and by the hash that earlier releases wrote", () => {
    expect(
      [NAME, MARK, "SEATS#sub-1#ClientCertificate#2026-11-05", undefined].map((book) => isNamed(book, NAME)),
    ).toEqual([true, true, false, false]);
    expect([NAME, MARK, undefined].map(isBookName)).toEqual([true, false, false]);
  });
});

describe("a later book", () => {
  it.each([
    ["SEATS#sub-1#ClientCertificate#2027-01-05", true],
    [NAME, false],
    ["SEATS#sub-1#ClientCertificate#2026-11-05", false],
    ["SEATS#sub-2#ClientCertificate#2027-01-05", false],
    ["SEATS#sub-1#KubernetesUser#2027-01-05", false],
    [undefined, false],
  ])("%s: %j", (book, later) => {
    expect(isLaterBook(book, NAME)).toBe(later);
  });
});

describe("a seat's id", () => {
  const ada = { id: "m1", kubernetesUsername: "ada@x" };

  it("follows from the machine or from the Kubernetes user, whose name is compared trimmed and in NFC", () => {
    expect(seatIdOf({ ...ada, id: "m2" }, "KubernetesUser")).toBe(seatIdOf(ada, "KubernetesUser"));
    expect(seatIdOf({ ...ada, id: "m2" }, "ClientCertificate")).not.toBe(seatIdOf(ada, "ClientCertificate"));
    expect(seatIdOf({ ...ada, kubernetesUsername: " ada@x " }, "KubernetesUser")).toBe(seatIdOf(ada, "KubernetesUser"));
    expect(seatIdOf({ ...ada, kubernetesUsername: "Ada@x" }, "KubernetesUser")).not.toBe(
      seatIdOf(ada, "KubernetesUser"),
    );
  });
});
