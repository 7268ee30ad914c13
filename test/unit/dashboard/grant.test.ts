import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { cleanToken, readGrant } from "../../../dashboard/model/grant.ts";

const signed = (claims: Record<string, unknown>) =>
  new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode("x".repeat(32)));

describe("the claims of a token", () => {
  it("are its subject, its scopes and its expiry", async () => {
    const token = await signed({ sub: "ana–ü", scope: "seats:read seats:delete", exp: 1_800_000_000 });
    expect(readGrant(token)).toEqual({
      subject: "ana–ü",
      scopes: ["seats:read", "seats:delete"],
      expiresAt: 1_800_000_000_000,
    });
  });

  it("may be absent", async () => {
    expect(readGrant(await signed({}))).toEqual({ subject: "", scopes: [], expiresAt: undefined });
  });

  it.each(["", "abc", "a.b", "a.%%%.c", "a.bnVsbA.c", "a.eA.c"])("are undefined for %j, which is no token", (text) => {
    expect(readGrant(text)).toBeUndefined();
  });
});

describe("a pasted token", () => {
  it.each([
    "a.b.c",
    " a.b.c\n",
    "Bearer a.b.c",
    "bearer  a.b.c",
    '"a.b.c"',
    "http://host/dashboard#token=a.b.c",
    "https://h/p/dashboard#/seats?range=7&token=a.b.c&x=1",
  ])("is found in %j", (text) => {
    expect(cleanToken(text)).toBe("a.b.c");
  });
});
