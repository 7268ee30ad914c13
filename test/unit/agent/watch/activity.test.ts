import { describe, expect, it } from "vitest";
import { readActivity } from "../../../../agent/watch/activity.ts";
import { createLines } from "../../../../agent/watch/lines.ts";
import { clusterSession } from "../../../support/kube/objects.ts";

const UID = "11112222-3333-4444-5555-666677778888";
const CONNECTED = "2026-11-02T09:00:03.123456Z";
const KNOWN = new Map([[UID, "1"]]);

type Change = {
  type?: string;
  metadata?: Record<string, unknown>;
  status?: Record<string, unknown>;
  spec?: Record<string, unknown>;
};

const line = ({ type = "MODIFIED", metadata = {}, status = {}, spec = {} }: Change = {}): Buffer => {
  const object = clusterSession({
    uid: UID,
    name: "a1",
    created: "2026-11-02T09:00:00Z",
    metadata: { generation: 1, resourceVersion: "42", ...metadata },
    spec,
    status: { connectedTimestamp: CONNECTED, closed: null, ...status },
  });
  return Buffer.from(JSON.stringify({ type, object }));
};

describe("a watch line", () => {
  it("that reports activity alone is read without parsing it", () => {
    expect(readActivity(line(), KNOWN)).toEqual({ uid: UID, connected: CONNECTED, resourceVersion: "42" });
  });

  it("is not misread through texts that a user chose", () => {
    const forged =
      '"closed":{"reason":"x"},"uid":"9","deletionTimestamp":"x","connectedTimestamp":"1970-01-01T00:00:00Z"';
    const expected = { uid: UID, connected: CONNECTED, resourceVersion: "42" };
    expect(readActivity(line({ spec: { key: forged } }), KNOWN)).toEqual(expected);
  });

  it.each([
    ["adds the object", line({ type: "ADDED" })],
    ["deletes it", line({ type: "DELETED" })],
    ["closes it", line({ status: { closed: { reason: "Unused" } } })],
    ["closes a multi-cluster session", line({ status: { closed: "Unused" } })],
    ["begins its deletion", line({ metadata: { deletionTimestamp: CONNECTED } })],
    ["changes its spec", line({ metadata: { generation: 2 } })],
    ["is of an object that is not known", line({ metadata: { uid: "other" } })],
    ["reports no activity", line({ status: { connectedTimestamp: null } })],
    ["has a key twice", line({ metadata: { labels: { uid: "x" } } })],
    ["is a bookmark", Buffer.from('{"type":"BOOKMARK","object":{}}')],
    ["is short", Buffer.from("{")],
  ])("is parsed if it %s", (_what, bytes) => {
    expect(readActivity(bytes, KNOWN)).toBeUndefined();
  });
});

describe("lines", () => {
  it("are the same however the stream is cut", () => {
    const text = Buffer.from('{"a":"é"}\n\n{"b":2}\n{"open":');
    for (let size = 1; size <= text.length; size += 1) {
      const found: string[] = [];
      const push = createLines((part) => found.push(part.toString("utf8")));
      for (let from = 0; from < text.length; from += size) push(text.subarray(from, from + size));
      expect(found).toEqual(['{"a":"é"}', '{"b":2}']);
    }
  });
});
