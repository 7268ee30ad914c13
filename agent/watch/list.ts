import type { EpochMs } from "../../shared/contract/time.ts";
import { type Kube, type KubeOutcome, statusOf } from "../kube/kube.ts";
import { list as entriesOf, fields, textOf } from "../sessions/fields.ts";
import type { RawObject } from "../sessions/types.ts";

export type Listing =
  | { kind: "listed"; objects: RawObject[]; resourceVersion: string }
  /** The API server does not know the resource. */
  | { kind: "missing" }
  | { kind: "failed"; outcome: KubeOutcome };

export type ListOptions = {
  kube: Kube;
  path: string;
  /** Objects per page. */
  pageSize: number;
  now: () => EpochMs;
  onAnswer: (date: EpochMs | undefined, sentAt: EpochMs) => void;
  signal: AbortSignal;
};

const ATTEMPTS = 3;

/**
 * Reads all objects of a resource as they were at one moment. There is no `resourceVersion` in the request, so the API server
 * reads its store and not a cache that may lag. If the token of the next page has expired, the pages no longer belong
 * together, and the list begins again.
 */
export const listAll = async (options: ListOptions): Promise<Listing> => {
  for (let attempt = 1; ; attempt += 1) {
    const listing = await readPages(options);
    if (attempt === ATTEMPTS || !isExpired(listing)) return listing;
  }
};

const isExpired = (listing: Listing): boolean =>
  listing.kind === "failed" && listing.outcome.kind === "answer" && listing.outcome.status === 410;

const readPages = async ({ kube, path, pageSize, now, onAnswer, signal }: ListOptions): Promise<Listing> => {
  const objects: RawObject[] = [];
  let token: string | undefined;
  do {
    const query = { limit: String(pageSize), ...(token === undefined ? {} : { continue: token }) };
    const sentAt = now();
    const outcome = await kube.call({ path, query, signal });
    if (outcome.kind === "answer") onAnswer(outcome.date, sentAt);
    if (outcome.kind === "answer" && outcome.status === 404 && isUnknownResource(outcome)) return { kind: "missing" };
    if (outcome.kind !== "answer" || outcome.status !== 200) return { kind: "failed", outcome };
    const { metadata, items } = fields(outcome.body);
    const resourceVersion = textOf(fields(metadata)["resourceVersion"]);
    if (resourceVersion === undefined || !Array.isArray(items)) return { kind: "failed", outcome: noList(outcome) };
    objects.push(...entriesOf(items));
    token = textOf(fields(metadata)["continue"]);
    if (token === undefined) return { kind: "listed", objects, resourceVersion };
  } while (!signal.aborted);
  return { kind: "failed", outcome: { kind: "lost", detail: "the agent stops" } };
};

// A proxy or a wrong URL answers 404 too, but not with a Status of the API server.
const isUnknownResource = (outcome: Extract<KubeOutcome, { kind: "answer" }>): boolean =>
  outcome.body === undefined || statusOf(outcome.body).reason !== undefined;

const noList = (outcome: Extract<KubeOutcome, { kind: "answer" }>): KubeOutcome => ({
  ...outcome,
  body: { reason: "NoList", message: "the answer is not a list of Kubernetes objects" },
});
