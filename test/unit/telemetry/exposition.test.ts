import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeExposition } from "../../../shared/telemetry/exposition.ts";
import { withMetricTable } from "../../../tools/openapi/metric-table.ts";

const FORMATS = ["prometheus", "openmetrics"] as const;

// https://prometheus.io/docs/instrumenting/exposition_formats/ and OpenMetrics 1.0.0, section "Escaping".
const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));

describe("the text of a scrape", () => {
  it("gives any label's value back as it was, in one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.constantFrom(...FORMATS), (value, format) => {
        const samples = [{ labels: { client_name: value }, value: 7 }];
        const text = writeExposition([{ name: "license_server_user_sessions", samples }], format);
        const [line, ...more] = text.split("\n").filter((one) => one !== "" && !one.startsWith("# "));
        expect(more).toEqual([]);
        expect(unescaped(/^[a-z_]+\{client_name="(.*)"\} 7$/s.exec(line ?? "")?.[1] ?? "none")).toBe(value);
      }),
    );
  });

  it("writes a histogram with cumulated buckets, the last of them infinite and equal to its count", () => {
    const histogram = {
      buckets: [
        { upTo: 30, count: 1 },
        { upTo: Number.POSITIVE_INFINITY, count: 3 },
      ],
      sum: 100,
    };
    const text = writeExposition([{ name: "mirrord_sessions_duration", samples: [{ histogram }] }], "prometheus");
    expect(text.split("\n").slice(1)).toEqual([
      "# TYPE mirrord_sessions_duration histogram",
      'mirrord_sessions_duration_bucket{le="30.0"} 1',
      'mirrord_sessions_duration_bucket{le="+Inf"} 3',
      "mirrord_sessions_duration_sum 100",
      "mirrord_sessions_duration_count 3",
      "",
    ]);
  });

  it("leaves out a metric of which nothing is known", () => {
    expect(writeExposition([{ name: "license_server_seats_used", samples: [] }], "prometheus")).not.toContain("seats");
  });
});

it("the document's table of metrics is the contract's", async () => {
  const document = await readFile(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
  expect(withMetricTable(document)).toBe(document);
});
