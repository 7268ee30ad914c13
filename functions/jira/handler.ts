import middy from "@middy/core";
import { type JiraDeps, type JiraOutcome, reportToJira } from "../../shared/events/report-to-jira.ts";
import { postJson } from "../../shared/events/webhook.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { jiraWebhookSecret } from "../../shared/http/sources.ts";
import { cached } from "../../shared/licensing/cached.ts";

type Outside = Pick<JiraDeps, "webhook" | "post">;

/**
 * The function over a runtime and what is outside of it: the process's own below, a test's elsewhere. A rule of the event bus
 * invokes it; where it throws, Lambda tries twice more and keeps the event in its dead-letter queue.
 */
export const create = (runtime: Runtime, outside: Outside = outsideOf(runtime)) =>
  middy<unknown, JiraOutcome>().handler((event: unknown) => reportToJira({ ...outside, log: runtime.log }, event));

const outsideOf = ({ env, now, log }: Runtime): Outside => {
  const secret = jiraWebhookSecret(env);
  const onStale = () => log.warn("webhook's secret unreachable, going on with the last good copy");
  return { webhook: secret && cached(secret, now, onStale), post: postJson };
};

export const handler = create(createRuntime("jira"));
