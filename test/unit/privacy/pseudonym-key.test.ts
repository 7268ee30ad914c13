import { expect, it } from "vitest";
import { pseudonymKey } from "../../../shared/privacy/pseudonym-key.ts";
import { createApp } from "../../support/app.ts";

it("the key of pseudonyms is one, though many make it at the same time", async () => {
  const app = await createApp();
  try {
    let made = 0;
    const newKey = () => `key-${++made}`;
    // All of them look before any has made it.
    const early = { ...app.table, get: async () => undefined };
    const keys = await Promise.all(Array.from({ length: 8 }, () => pseudonymKey(early, newKey)));
    expect(new Set(keys).size).toBe(1);
    expect(await pseudonymKey(app.table, newKey)).toBe(keys[0]);
    expect(made).toBe(8);
  } finally {
    await app.close();
  }
});
