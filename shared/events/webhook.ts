import { SECOND_MS } from "../contract/time.ts";

/** Posts JSON to a URL and returns the answer's status. Throws a `WebhookFailed` if there is no answer. */
export type PostJson = (url: URL, body: unknown) => Promise<number>;

/** A failed call, without the URL: the URL is a secret, and an error of the platform may quote it. */
export class WebhookFailed extends Error {
  override readonly name = "WebhookFailed";
}

const PATIENCE_MS = 10 * SECOND_MS;

/** Follows no redirect: the body goes only to the URL that was configured. */
export const postJson: PostJson = async (url, body) => {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    throw new WebhookFailed(`no answer: ${reasonOf(error)}`);
  }
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown";
  const code = error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined;
  return typeof code === "string" ? code : error.name;
};
