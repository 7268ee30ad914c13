import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { LargeAnswer } from "../../../shared/contract/response-schemas.ts";
import { MAX_ANSWER_BYTES, withoutLargeBody } from "../../../shared/http/large-answer.ts";
import { attachment, json, toGatewayResult } from "../../../shared/http/response.ts";
import type { ReportFile, ReportStore } from "../../../shared/store/report-store.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";

const NOW = Date.parse("2026-11-10T23:59:59.500Z");
const CALL = { id: "request-1", route: "usageReport", now: NOW } as const;

const keeping = () => {
  const kept = new Map<string, ReportFile>();
  const reports: ReportStore = {
    put: async (name, file) => void kept.set(name, file),
    link: async (name, now, seconds) => ({ url: `https://bucket/${name}?signed`, expiresAt: now + seconds * 1_000 }),
    uri: (name) => name,
  };
  return { kept, answers: { reports, newId: () => "random" } };
};

// Two bytes each in UTF-8, so that bytes and characters differ.
const textOf = (bytes: number) => "ä".repeat(Math.floor(bytes / 2)) + "a".repeat(bytes % 2);

describe("an answer of 4.5 MB", () => {
  it.each(["text", "bytes"] as const)(
    "is answered as it is, as %s; with one byte more it is put where a link leads",
    async (kind) => {
      const bodyOf = (bytes: number) => (kind === "text" ? textOf(bytes) : Buffer.alloc(bytes, 1));
      const { kept, answers } = keeping();
      const largest = await withoutLargeBody(attachment("text/csv", "a.csv", bodyOf(MAX_ANSWER_BYTES)), CALL, answers);
      expect(largest.status).toBe(200);
      // Compared whole: element by element takes seconds.
      expect(Buffer.from(largest.body).equals(Buffer.from(bodyOf(MAX_ANSWER_BYTES)))).toBe(true);
      expect(kept.size).toBe(0);

      const larger = await withoutLargeBody(
        attachment("text/csv", "a.csv", bodyOf(MAX_ANSWER_BYTES + 1)),
        CALL,
        answers,
      );
      expect(larger.status).toBe(303);
      const name = "downloads/2026-11-10/random/a.csv";
      expect([...kept].map(([path, file]) => [path, file.contentType])).toEqual([[name, "text/csv"]]);
      const put = Buffer.from(kept.get(name)?.body ?? "");
      expect(put.equals(Buffer.from(bodyOf(MAX_ANSWER_BYTES + 1)))).toBe(true);
      expect(larger.headers).toEqual({
        "content-type": "application/problem+json",
        location: `https://bucket/${name}?signed`,
      });
      const told = JSON.parse(String(larger.body));
      expect(v.parse(LargeAnswer, told)).toEqual(told);
      expect(told).toMatchObject({
        status: 303,
        location: larger.headers["location"],
        expires_at: "2026-11-11T00:14:59.500Z",
        bytes: MAX_ANSWER_BYTES + 1,
        request_id: "request-1",
      });
    },
  );

  // Lambda takes 6 MB of JSON (Lambda developer guide, "Lambda quotas").
  it.each([
    ['"', "quotes"],
    ["\u0001", "control characters"],
    ["ä", "text"],
  ])("fits into what Lambda takes, all of %j", async (character) => {
    const body = character.repeat(MAX_ANSWER_BYTES / Buffer.byteLength(character));
    const answer = await withoutLargeBody(attachment("text/csv", "a.csv", body), CALL, keeping().answers);
    const payload = JSON.stringify(toGatewayResult(answer, CALL.id));
    expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(Buffer.from(answer.body).toString()).toBe(body);
  });

  it("is called by its route where it is no file", async () => {
    const { kept, answers } = keeping();
    await withoutLargeBody(json(200, textOf(MAX_ANSWER_BYTES)), { ...CALL, route: "denialReport" }, answers);
    expect([...kept.keys()]).toEqual(["downloads/2026-11-10/random/denialReport.json"]);
  });

  it("is nothing at all where it cannot be put", async () => {
    const { answers } = keeping();
    const put = async () => {
      throw new StoreUnavailable("full");
    };
    const large = json(200, textOf(MAX_ANSWER_BYTES));
    const answer = withoutLargeBody(large, CALL, { ...answers, reports: { ...answers.reports, put } });
    await expect(answer).rejects.toThrow(StoreUnavailable);
  });
});
