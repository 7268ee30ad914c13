import * as v from "valibot";
import type { SecretSource } from "../licensing/secret.ts";
import type { Logger } from "../telemetry/logger.ts";
import { EVENT_SCHEMAS } from "./schemas.ts";
import { type PostJson, WebhookFailed } from "./webhook.ts";

export type JiraDeps = {
  /** The webhook's URL, a secret; undefined where none is configured. */
  webhook: SecretSource | undefined;
  post: PostJson;
  log: Logger;
};

export type JiraOutcome = "reported" | "nothing to report";

// Only the fields that are needed: a later release may add fields, and its events arrive during its deployment.
const BusEvent = v.object({
  detail: v.object(
    v.pick(EVENT_SCHEMAS["session.ended"], [
      "id",
      "type",
      "session_id",
      "branch",
      "issue_key",
      "duration_secs",
      "outcome",
    ]).entries,
  ),
});
type Ended = v.InferOutput<typeof BusEvent>["detail"];

/**
 * Reports to Jira how long a session ran, for the issue that its git branch names. Throws if Jira did not accept it, so that
 * it is tried again. Jira may get a session twice, with the same `event_id`. Nothing is stored.
 */
export const reportToJira = async (deps: JiraDeps, event: unknown): Promise<JiraOutcome> => {
  const { detail } = v.parse(BusEvent, event);
  const { session_id, issue_key, branch } = detail;
  const log = deps.log.with({ session_id });
  // A lost session may still run, or its true end may arrive. Only the true end is reported, or its time would count twice.
  if (detail.outcome === "lost") return nothing(log, "the session is lost, its true end is not known");
  if (issue_key === null) return nothing(log, branch === null ? "no git branch" : "no issue key in the git branch");
  try {
    const status = await deps.post(await readUrl(deps.webhook), bodyOf(detail, issue_key));
    if (status < 200 || status > 299) throw new WebhookFailed(`status ${status}`);
  } catch (error) {
    const reason = error instanceof WebhookFailed ? error.message : nameOf(error);
    log.warn("session time not reported to Jira", { issue_key, reason });
    throw new WebhookFailed(reason);
  }
  log.debug("session time reported to Jira", { issue_key, session_duration: detail.duration_secs });
  return "reported";
};

const nothing = (log: Logger, reason: string): JiraOutcome => {
  log.debug("no session time to report to Jira", { reason });
  return "nothing to report";
};

const bodyOf = ({ id, duration_secs }: Ended, issueKey: string) => ({
  issue_key: issueKey,
  duration_secs,
  session_count: 1,
  event_id: id,
});

const readUrl = async (webhook: SecretSource | undefined): Promise<URL> => {
  const reading = await webhook?.();
  if (reading?.found !== true) throw new WebhookFailed("the secret with the webhook's URL is empty");
  const url = URL.parse(reading.value.trim());
  if (url?.protocol !== "https:") throw new WebhookFailed("the secret does not hold an https URL");
  return url;
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown");
