import type { EpochMs } from "../../shared/contract/time.ts";
import type { Kube, KubeOutcome } from "../kube/kube.ts";
import { fields, textOf } from "../sessions/fields.ts";
import type { Kind, Observation } from "../sessions/types.ts";
import { parseJson } from "../wire/json.ts";
import { readActivity } from "./activity.ts";
import { createLines } from "./lines.ts";
import { readAll } from "./read-all.ts";

export type FollowOptions = {
  kube: Kube;
  kind: Kind;
  path: string;
  /** From where to watch. */
  resourceVersion: string;
  /** Open objects by uid, with their generation. Kept up to date. */
  generations: Map<string, string>;
  /** For this long after the watch opens, events are of changes while no watch was open. 0: none was missed. */
  lateMs: number;
  /** How long the API server keeps the watch open. */
  openMs: number;
  /** A watch that sends nothing for this long counts as broken. */
  silenceMs: number;
  /** How long to wait between two reads. */
  gatherMs: number;
  now: () => EpochMs;
  observe: (observation: Observation) => void;
  /** The watch is open. */
  onOpen: (date: EpochMs | undefined, sentAt: EpochMs) => void;
  signal: AbortSignal;
};

export type FollowEnd =
  /** The watch ended, and can go on from here. `seenAt`: until when it was surely up to date. */
  | { kind: "ended"; resourceVersion: string; seenAt: EpochMs }
  /** It cannot go on: the API server no longer has the changes since then, or does not yet have that version. */
  | { kind: "expired" }
  | { kind: "failed"; outcome: KubeOutcome; resourceVersion: string };

const GONE = 410;
/** "Too large resource version": this API server is behind the one that gave the list. */
const TIMEOUT = 504;

/** Watches a kind until the watch ends for any reason. */
export const follow = async (options: FollowOptions): Promise<FollowEnd> => {
  const { kube, path, openMs, silenceMs, now, signal } = options;
  let { resourceVersion } = options;
  const query = {
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion,
    timeoutSeconds: String(Math.ceil(openMs / 1_000)),
  };
  const sentAt = now();
  const opened = await kube.stream({ path, query, signal });
  if (opened.kind === "answer" && (opened.status === GONE || opened.status === TIMEOUT)) return { kind: "expired" };
  if (opened.kind !== "stream") return { kind: "failed", outcome: opened, resourceVersion };
  options.onOpen(opened.date, sentAt);

  const { body } = opened;
  const lateUntil = options.lateMs > 0 ? now() + options.lateMs : undefined;
  let seenAt = now();
  let broken: FollowEnd | undefined;
  const lines = createLines((line) => {
    if (broken !== undefined) return;
    const read = readLine(line, options, lateUntil);
    if (read.kind === "garbage") {
      broken = { kind: "ended", resourceVersion, seenAt };
      body.destroy();
    } else if (read.kind === "error") {
      const canResume = read.code !== GONE && read.code !== TIMEOUT;
      broken = canResume
        ? {
            kind: "failed",
            outcome: { kind: "answer", status: read.code, body: read.status, date: undefined },
            resourceVersion,
          }
        : { kind: "expired" };
      body.destroy();
    } else if (read.resourceVersion !== undefined) {
      resourceVersion = read.resourceVersion;
    }
  });
  await readAll(body, { silenceMs, gatherMs: options.gatherMs }, (chunk) => {
    seenAt = now();
    lines(chunk);
  }).then(
    () => {
      // The API server closed it, after all that there was. A kind that does not change has no bookmarks, so this counts too.
      seenAt = now();
      if (broken === undefined && !signal.aborted) options.observe({ at: seenAt, type: "current", kind: options.kind });
    },
    () => {
      // A connection that breaks is the end of this watch; the next one shows whether the API server can be reached.
    },
  );
  return broken ?? { kind: "ended", resourceVersion, seenAt };
};

type LineReading =
  | { kind: "event"; resourceVersion: string | undefined }
  | { kind: "error"; code: number; status: unknown }
  /** No JSON: something other than the API server wrote it. */
  | { kind: "garbage" };

const readLine = (line: Buffer, options: FollowOptions, lateUntil: EpochMs | undefined): LineReading => {
  const { kind, generations, now, observe } = options;
  const at = now();
  const late = lateUntil !== undefined && at <= lateUntil ? { late: true } : {};
  const activity = readActivity(line, generations);
  if (activity !== undefined) {
    observe({ at, type: "active", kind, uid: activity.uid, connected: activity.connected, ...late });
    return { kind: "event", resourceVersion: activity.resourceVersion };
  }
  const event = parseJson(line.toString("utf8"));
  if (event === undefined) return { kind: "garbage" };
  const { type, object } = fields(event);
  if (type === "ERROR") {
    const code = fields(object)["code"];
    return { kind: "error", code: typeof code === "number" ? code : 500, status: object };
  }
  const resourceVersion = textOf(fields(fields(object)["metadata"])["resourceVersion"]);
  if (type === "BOOKMARK") observe({ at, type: "current", kind });
  if (type === "ADDED" || type === "MODIFIED") {
    noteGeneration(kind, object, generations);
    observe({ at, type: "seen", kind, object, ...late });
  }
  if (type === "DELETED") {
    generations.delete(textOf(fields(fields(object)["metadata"])["uid"]) ?? "");
    observe({ at, type: "deleted", kind, object, ...late });
  }
  return { kind: "event", resourceVersion };
};

/**
 * Notes the generation of an open object, whose activity then needs no parsing. Previews have no activity, and change in
 * other ways.
 */
export const noteGeneration = (kind: Kind, object: unknown, generations: Map<string, string>): void => {
  if (kind === "PreviewSession") return;
  const { metadata, status } = fields(object);
  const { uid, generation, deletionTimestamp } = fields(metadata);
  if (typeof uid !== "string") return;
  const closed = fields(status)["closed"];
  const isOpen = (deletionTimestamp ?? undefined) === undefined && (closed ?? undefined) === undefined;
  if (isOpen) generations.set(uid, typeof generation === "number" ? String(generation) : "");
  else generations.delete(uid);
};
