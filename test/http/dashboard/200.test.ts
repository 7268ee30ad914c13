import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { sharedServer } from "../../support/server.ts";

const server = sharedServer();

const getPage = (headers: Record<string, string> = {}) =>
  server().call("GET", "/dashboard", { key: undefined, headers });

/** The directives of a policy, by their names. */
const policyOf = (header: string | undefined): Map<string, string[]> =>
  new Map(
    (header ?? "").split(";").map((directive) => {
      const [name = "", ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const blocksOf = (html: string, tag: "script" | "style"): string[] =>
  [...html.matchAll(new RegExp(`<${tag}([^>]*)>([\\s\\S]*?)</${tag}>`, "g"))].map(([, attributes, text]) => {
    expect(attributes).toBe("");
    return text ?? "";
  });

describe("GET /dashboard", () => {
  it("gives anybody the page, which holds no data", async () => {
    const answer = await getPage();
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(answer.text).toMatch(/^<!doctype html>\n<html lang="en">/);
  });

  it("lets nothing run or apply but the page's own blocks, known by their hashes", async () => {
    const { headers, text } = await getPage();
    const policy = policyOf(headers["content-security-policy"]);
    expect(policy.get("script-src")).toEqual(blocksOf(text, "script").map(hashOf));
    expect(policy.get("style-src")).toEqual(blocksOf(text, "style").map(hashOf));
    expect(policy.get("script-src")).toHaveLength(1);
    expect(policy.get("style-src")).toHaveLength(1);
    const markup = text.replace(/<(script|style)>[\s\S]*?<\/\1>/g, "");
    expect(/<[^>]+\s(on[a-z]+|style)=/i.exec(markup)).toBeNull();
  });

  it("lets it reach its own server alone, and nobody frame it", async () => {
    const policy = policyOf((await getPage()).headers["content-security-policy"]);
    expect(Object.fromEntries(policy)).toMatchObject({
      "default-src": ["'none'"],
      "connect-src": ["'self'"],
      "img-src": ["data:"],
      "frame-ancestors": ["'none'"],
      "base-uri": ["'none'"],
      "form-action": ["'none'"],
      "trusted-types": ["'none'"],
    });
    expect([...policy.values()].flat().filter((source) => /unsafe|\*|https?:/.test(source))).toEqual([]);
  });

  it("tells browsers to guess no type, to name the page to nobody, and to ask before they use a kept one", async () => {
    expect((await getPage()).headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cache-control": "no-cache",
    });
  });

  it("names no address but those of XML namespaces, and loads nothing", async () => {
    const { text } = await getPage();
    const addresses = [...text.matchAll(/(?:https?:)?\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'`)]*/gi)].map(
      ([found]) => found,
    );
    expect(addresses.filter((address) => !/^https?:\/\/www\.w3\.org\//.test(address))).toEqual([]);
    expect(/<(link|img|iframe|object|embed)\b(?![^>]*href="data:)/i.exec(text)).toBeNull();
    expect(/@import|url\((?!["']?data:)/i.exec(blocksOf(text, "style").join("\n"))).toBeNull();
  });

  it("is small enough to be there at once, on a phone too", async () => {
    const { bytes } = await getPage();
    expect(bytes.length).toBeGreaterThan(50_000);
    expect(gzipSync(bytes).length).toBeLessThan(250_000);
  });

  it("answers 304 to whoever has the same page, its tag weakened or not", async () => {
    const { etag = "" } = (await getPage()).headers;
    expect(etag).toMatch(/^"[\w-]+"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await getPage({ "if-none-match": known });
      expect(answer).toMatchObject({ status: 304, text: "", headers: { etag } });
    }
    expect((await getPage({ "if-none-match": '"other"' })).status).toBe(200);
  });
});

describe("where large reports come from a bucket", () => {
  const bucketOrigin = "https://reports.s3.eu-central-1.amazonaws.com";
  const deployed = sharedServer({ env: { REPORT_BUCKET_ORIGIN: bucketOrigin } });

  it("lets the page follow a link there, and to no other bucket", async () => {
    const answer = await deployed().call("GET", "/dashboard", { key: undefined });
    expect(policyOf(answer.headers["content-security-policy"]).get("connect-src")).toEqual(["'self'", bucketOrigin]);
  });
});

describe("where the dashboard is turned off", () => {
  const without = sharedServer({ env: { DASHBOARD_ENABLED: "false" } });

  it("answers 404, as if there were no such route", async () => {
    const off = expectProblem(await without().call("GET", "/dashboard", { key: undefined }), 404, "NotFound");
    const unknown = expectProblem(await without().call("GET", "/nothing-here", { key: undefined }), 404, "NotFound");
    expect(off.json.detail).toBe(unknown.json.detail);
  });
});
