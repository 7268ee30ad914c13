import { expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { SERVER } from "../../../shared/contract/server.ts";

it("the server names the version of its package", () => {
  expect(SERVER.version).toBe(packageJson.version);
});
