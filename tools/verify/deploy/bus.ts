import { aws } from "./command.ts";

/** A queue that receives every event of a bus, as another team would attach one. */
export type BusWatch = { read(): Promise<string[]>; close(): Promise<void> };

const NAME = "verify-deploy-events";

export const watchBus = async (busName: string, source: string): Promise<BusWatch> => {
  const { QueueUrl: queue } = await aws<{ QueueUrl: string }>("sqs", "create-queue", "--queue-name", NAME);
  const { Attributes: attributes } = await aws<{ Attributes: { QueueArn: string } }>(
    "sqs",
    "get-queue-attributes",
    ...["--queue-url", queue, "--attribute-names", "QueueArn"],
  );
  const onBus = ["--event-bus-name", busName];
  const pattern = JSON.stringify({ source: [source] });
  await aws("events", "put-rule", "--name", NAME, ...onBus, "--event-pattern", pattern);
  await aws("events", "put-targets", "--rule", NAME, ...onBus, "--targets", `Id=queue,Arn=${attributes.QueueArn}`);
  return {
    read: async () => {
      const { Messages: messages = [] } = await aws<{ Messages?: { Body: string }[] }>(
        "sqs",
        "receive-message",
        ...["--queue-url", queue, "--max-number-of-messages", "10", "--visibility-timeout", "600"],
      );
      return messages.map(({ Body }) => String((JSON.parse(Body) as { "detail-type": string })["detail-type"]));
    },
    // A bus with a rule cannot be deleted.
    close: async () => {
      await aws("events", "remove-targets", "--rule", NAME, ...onBus, "--ids", "queue");
      await aws("events", "delete-rule", "--name", NAME, ...onBus);
    },
  };
};
