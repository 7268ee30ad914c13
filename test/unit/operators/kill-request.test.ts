import { expect, it } from "vitest";
import { isAsked, killRequestsIn } from "../../../shared/operators/kill-request.ts";
import { operatorFrom } from "../../../shared/operators/operator.ts";
import type { SessionRecord } from "../../../shared/sessions/record.ts";

const IDS = ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"];

const sessionOf = (sessionId: string) => ({ sessionId, createdAt: 10 }) as SessionRecord;

it.each(IDS)("a session of the id %s is asked to stop only where somebody asked", (id) => {
  expect(isAsked(killRequestsIn({ terminate: { other: 5 } }), sessionOf(id))).toBe(false);
  expect(isAsked(killRequestsIn(undefined), sessionOf(id))).toBe(false);
  const asked: Record<string, number> = Object.fromEntries([[id, 5]]);
  expect(isAsked(killRequestsIn({ terminate: asked }), sessionOf(id))).toBe(true);
});

it.each(IDS)("an operator has not left out a session of the id %s unless it did", (id) => {
  expect(operatorFrom({ sk: "op-1" }).unlisted[id]).toBeUndefined();
  expect(operatorFrom({ sk: "op-1", unlisted: { other: 5 } }).unlisted[id]).toBeUndefined();
});
