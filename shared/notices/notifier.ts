import type { SNSClientConfig } from "@aws-sdk/client-sns";
import { StoreUnavailable } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";

/** A message to people. `facts` has the same content for programs. */
export type Notification = { subject: string; text: string; facts: Record<string, unknown> };

/** Sends a message: at least once, if it is called again after a failure. Throws a `StoreUnavailable` if it cannot. */
export type Notify = (notification: Notification) => Promise<void>;

/** Sends to the SNS topic with this ARN; without one, writes to the log. */
export const notifier = (topicArn: string | undefined, log: Logger, config: SNSClientConfig = {}): Notify =>
  topicArn === undefined ? logNotifier(log) : topicNotifier(topicArn, config);

const logNotifier =
  (log: Logger): Notify =>
  async ({ subject, facts }) =>
    log.info(subject, facts);

const topicNotifier =
  (topicArn: string, config: SNSClientConfig): Notify =>
  async ({ subject, text, facts }) => {
    const { SNSClient, PublishCommand } = await import("@aws-sdk/client-sns");
    const client = new SNSClient({
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
      ...config,
    });
    const input = { TopicArn: topicArn, Subject: subject, Message: `${text}\n\n${JSON.stringify(facts)}\n` };
    try {
      await client.send(new PublishCommand(input));
    } catch (error) {
      throw new StoreUnavailable(`SNS: ${error instanceof Error ? error.name : "failed"}`, { cause: error });
    } finally {
      client.destroy();
    }
  };
