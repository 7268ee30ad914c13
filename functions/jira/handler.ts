import middy from "@middy/core";
import type { SQSBatchResponse } from "aws-lambda";
import { reportBatch } from "../../shared/events/report-batch.ts";
import type { JiraDeps } from "../../shared/events/report-to-jira.ts";
import { postJson } from "../../shared/events/webhook.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { jiraWebhookSecret } from "../../shared/http/sources.ts";
import { cached } from "../../shared/licensing/cached.ts";

type Outside = Pick<JiraDeps, "webhook" | "post">;

/**
 * Builds the handler from a runtime and the outside world: the process's own below, fakes in tests. Lambda sends it batches
 * from the queue of ended sessions.
 */
export const create = (runtime: Runtime, outside: Outside = outsideOf(runtime)) =>
  middy<unknown, SQSBatchResponse>().handler((batch: unknown) => reportBatch({ ...outside, log: runtime.log }, batch));

const outsideOf = ({ env, now, log }: Runtime): Outside => {
  const secret = jiraWebhookSecret(env);
  const onStale = () => log.warn("webhook's secret unreachable, going on with the last good copy");
  return { webhook: secret && cached(secret, now, onStale), post: postJson };
};

export const handler = create(createRuntime("jira"));
