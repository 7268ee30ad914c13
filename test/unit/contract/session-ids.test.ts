import { expect, it } from "vitest";
import { namesSession, shownSessionId } from "../../../shared/contract/session-ids.ts";

it.each([
  ["7cdee5d05570b248.c235aec2", "7CDEE5D05570B248"],
  ["00cdee5d05570b24.c235aec2", "CDEE5D05570B24"],
  ["6D0A1F3B2C4E5F60", "6D0A1F3B2C4E5F60"],
  ["mc-0a1b2c3d4e5f6071", "mc-0a1b2c3d4e5f6071"],
  ["preview.5a1c2f0e-7a54-4a7e-9c4d-0d0c6b1f9f11", "preview.5a1c2f0e-7a54-4a7e-9c4d-0d0c6b1f9f11"],
])("the session id %s is shown as %s", (id, shown) => {
  expect(shownSessionId(id)).toBe(shown);
});

it.each([
  ["7cdee5d05570b248.c235aec2", true],
  ["7CDEE5D05570B248", true],
  ["7cdee5d05570b248", true],
  ["7CDEE5D05570B249", false],
  ["7CDEE5D05570B248.c235aec2", false],
  ["c235aec2", false],
  ["", false],
])("%j names a session by its id, or by what is shown of it: %s", (given, expected) => {
  expect(namesSession("7cdee5d05570b248.c235aec2", given)).toBe(expected);
});

it("zeros before an id do not matter, as the operator prints none", () => {
  expect(namesSession("00cdee5d05570b24.c235aec2", "CDEE5D05570B24")).toBe(true);
  expect(namesSession("cdee5d05570b24.c235aec2", "00CDEE5D05570B24")).toBe(true);
});
