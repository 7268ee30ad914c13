import { describe, expect, it } from "vitest";
import { prefers } from "../../../shared/http/accept.ts";

const PEM = { type: "application/x-pem-file" };
const METRICS = { type: "application/openmetrics-text", version: "1.0.0" };
const prefersPem = (accept: string | undefined) => prefers(accept, PEM, "application/json");
const prefersMetrics = (accept: string) => prefers(accept, METRICS, "text/plain");

describe("the special type of a route", () => {
  it.each([
    "application/x-pem-file",
    "Application/X-PEM-File",
    "application/x-pem-file, */*",
    "*/*, application/x-pem-file",
    "application/json, application/x-pem-file",
    "application/json;q=0.4, application/x-pem-file;q=0.5",
    "application/*;q=0.4, application/x-pem-file;q=0.5",
    "application/json;q=0.1, */*, application/x-pem-file;q=0.5",
    "application/x-pem-file;q=0.9, text/html, */*;q=0.1",
    " application/x-pem-file ; q=0.001 ",
    'application/x-pem-file;charset="utf-8"',
  ])("is preferred where it is named and nothing weighs more: %s", (accept) => {
    expect(prefersPem(accept)).toBe(true);
  });

  it.each([
    undefined,
    "",
    "*/*",
    "application/*",
    "application/json",
    "text/html",
    "application/json, application/x-pem-file;q=0.1",
    "application/*;q=0.6, application/x-pem-file;q=0.5",
    "*/*, application/x-pem-file;q=0.5",
    "application/x-pem-file;q=0",
    "application/x-pem-file;q=0.000, */*",
    "application/x-pem-file;q=-1",
    "application/x-pem-file;q=high",
    "application/x-pem-files",
    ",;q=,=",
  ])("is not preferred otherwise: %s", (accept) => {
    expect(prefersPem(accept)).toBe(false);
  });

  it.each([
    ["*/*", false],
    ["text/plain;version=0.0.4", false],
    ["application/openmetrics-text; version=1.0.0; charset=utf-8", true],
    ["application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.9", false],
    ["text/plain;q=0.5, application/openmetrics-text;q=0.75", true],
    // What Prometheus 3 sends.
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      true,
    ],
  ])("is chosen by a scraper so: %s, %s", (accept, metrics) => {
    expect(prefersMetrics(accept)).toBe(metrics);
  });

  it("must have the version that a range names, if it names one", () => {
    expect(prefersMetrics("application/openmetrics-text")).toBe(true);
    expect(prefersMetrics('application/openmetrics-text; version="1.0.0"')).toBe(true);
    expect(prefersMetrics("application/openmetrics-text;version=0.0.1")).toBe(false);
    expect(prefersMetrics("application/openmetrics-text;version=0.0.1,application/openmetrics-text;q=0.3")).toBe(true);
  });
});
