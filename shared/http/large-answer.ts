import { DOWNLOADS_PREFIX } from "../contract/report-names.ts";
import type { LargeAnswer } from "../contract/responses.ts";
import type { RouteName } from "../contract/routes.ts";
import { dayOf, type EpochMs, formatTime, MINUTE_MS, SECOND_MS } from "../contract/time.ts";
import type { ReportStore } from "../store/report-store.ts";
import type { ApiResponse } from "./response.ts";

/** The largest body that a function answers itself, in bytes. */
export const MAX_ANSWER_BYTES = 4_500_000;

/** How long the link to a larger body works. */
const DOWNLOAD_LINK_MS = 15 * MINUTE_MS;

export type LargeAnswers = { reports: ReportStore; newId: () => string };

/**
 * An answer that Lambda can return: the given one, or a 303 to a file if its body is too large. The file is complete by
 * then. Throws `StoreUnavailable` if it cannot be stored.
 */
export const withoutLargeBody = async (
  response: ApiResponse,
  { id, route, now }: { id: string; route: RouteName; now: EpochMs },
  { reports, newId }: LargeAnswers,
): Promise<ApiResponse> => {
  const bytes = Buffer.byteLength(response.body);
  if (bytes <= MAX_ANSWER_BYTES) return bytes <= MAX_TEXT_BYTES ? response : asBytes(response);
  const name = `${DOWNLOADS_PREFIX}${dayOf(now)}/${newId()}/${response.fileName ?? `${route}.json`}`;
  const contentType = response.headers["content-type"] ?? "application/octet-stream";
  await reports.put(name, { contentType, body: response.body });
  const { url, expiresAt } = await reports.link(name, now, DOWNLOAD_LINK_MS / SECOND_MS);
  const body: LargeAnswer = {
    type: "about:blank",
    title: "See Other",
    status: 303,
    detail: `The answer is larger than ${MAX_ANSWER_BYTES} bytes. Fetch it from location, without the key, before expires_at`,
    location: url,
    expires_at: formatTime(expiresAt),
    bytes,
    request_id: id,
  };
  return {
    status: 303,
    headers: { "content-type": "application/problem+json", location: url },
    body: JSON.stringify(body),
  };
};

// Lambda returns at most 6 MB of JSON (Lambda developer guide, "Lambda quotas"). Text grows in it by escapes, up to six
// times. Bytes grow by a third, in base64: 4.5 MB of them always fit.
const MAX_TEXT_BYTES = 1_000_000;

const asBytes = (response: ApiResponse): ApiResponse => ({ ...response, body: Buffer.from(response.body) });
