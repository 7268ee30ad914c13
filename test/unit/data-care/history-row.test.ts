import { describe, expect, it } from "vitest";
import { readHistoryRow } from "../../../shared/data-care/history-row.ts";

const NOW = Date.parse("2026-11-20T08:00:00Z");

describe("a row of history without an id", () => {
  it("keeps the id that earlier releases made of it, although names are stored without white space around them", () => {
    const client = { id: "m1", hostname: "laptop", username: " ada", kubernetes_username: "zoe\u0308@x " };
    const reading = readHistoryRow(
      {
        started_at: "2026-11-01T08:00:00Z",
        ended_at: "2026-11-01T09:00:00Z",
        client,
        target: { namespace: "shop", kind: "deployment", name: "cart" },
      },
      NOW,
      1_825,
    );
    expect(reading).toMatchObject({
      ok: true,
      end: {
        sessionId: "imported-691ca47374f0b45635652f66cb0ce5f3",
        start: { client: { username: "ada", kubernetesUsername: "zo\u00eb@x" } },
      },
    });
  });
});
