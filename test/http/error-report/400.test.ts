import { expect, it } from "vitest";
import { formatTime } from "../../../shared/contract/time.ts";
import { auditWrite } from "../../../shared/store/audit.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { sharedServer } from "../../support/server.ts";

const server = sharedServer({ env: { ADMIN_BY_LICENSE_KEY: "true" } });
const ask = (path: string, query: Record<string, string>) =>
  server().call("GET", `/api/v1/${path}?${new URLSearchParams(query)}`);

it.each([
  { query: { limit: "0", form: "x" }, paths: ["query.form", "query.limit"] },
  { query: { from: "2026-11-02T00:00:00Z", to: "2026-11-01T00:00:00Z" }, paths: ["query.to"] },
  { query: { from: "yesterday", to: "2026-13-01T00:00:00Z" }, paths: ["query.from", "query.to"] },
  { query: { cursor: "bm9uZQ" }, paths: ["query.cursor"] },
])("a bad query of errors is refused with every fault: $paths", async ({ query, paths }) => {
  expectProblem(await ask("reports/errors", query), 400, "BadRequest", paths);
});

it("a cursor of the audit is none of the errors'", async () => {
  const rows = [1, 2, 3].flatMap((place) => {
    const write = auditWrite({ action: "test.row", actor: "a" }, START - place, `id-${place}`, 100);
    return write.kind === "put" ? [write.item] : [];
  });
  await server().table.batchPut(rows);
  const range = { from: formatTime(START - 10), to: formatTime(START) };
  const { next } = expectSuccess("auditList", await ask("audit", { ...range, limit: "1" }));
  expect(next).not.toBeNull();
  expectProblem(await ask("reports/errors", { ...range, cursor: next ?? "" }), 400, "BadRequest", ["query.cursor"]);
});
