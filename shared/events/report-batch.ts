import type { SQSBatchItemFailure, SQSBatchResponse } from "aws-lambda";
import * as v from "valibot";
import { type JiraDeps, reportToJira } from "./report-to-jira.ts";
import { WebhookFailed } from "./webhook.ts";

const Batch = v.object({ Records: v.array(v.object({ messageId: v.string(), body: v.string() })) });
type Message = v.InferOutput<typeof Batch>["Records"][number];

/**
 * Reports the ends of sessions in a batch of the queue. Returns the messages that failed: only those are tried again, and
 * finally kept as dead letters (Lambda developer guide, "Handling errors for an SQS event source").
 */
export const reportBatch = async (deps: JiraDeps, batch: unknown): Promise<SQSBatchResponse> => {
  const batchItemFailures: SQSBatchItemFailure[] = [];
  // One after another, so that Jira gets at most one call per batch at a time.
  for (const message of v.parse(Batch, batch).Records)
    if (!(await isDone(deps, message))) batchItemFailures.push({ itemIdentifier: message.messageId });
  return { batchItemFailures };
};

const isDone = async (deps: JiraDeps, { messageId, body }: Message): Promise<boolean> => {
  try {
    await reportToJira(deps, JSON.parse(body));
    return true;
  } catch (error) {
    // A failure of Jira is already in the log. Of a message that is not understood only the id is logged: its body may hold
    // anything.
    if (!(error instanceof WebhookFailed))
      deps.log.warn("session time not reported to Jira", { message_id: messageId, reason: "message not understood" });
    return false;
  }
};
