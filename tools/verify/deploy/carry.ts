import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { EVENT_SOURCE } from "../../../shared/contract/event-items.ts";
import { aws } from "./command.ts";

/** A place in the table's stream. */
type Iterator = string;

type StreamRecord = { dynamodb: { ApproximateCreationDateTime: number | string } };

const STREAMS = "dynamodbstreams";

/** The end of the table's stream now. */
export const endOfStream = async (streamArn: string): Promise<Iterator> => {
  const of = ["--stream-arn", streamArn];
  const { StreamDescription: stream } = await aws<{ StreamDescription: { Shards: { ShardId: string }[] } }>(
    STREAMS,
    "describe-stream",
    ...of,
  );
  const shard = stream.Shards.at(-1)?.ShardId ?? "";
  const from = ["--shard-id", shard, "--shard-iterator-type", "LATEST"];
  return (await aws<{ ShardIterator: Iterator }>(STREAMS, "get-shard-iterator", ...of, ...from)).ShardIterator;
};

/**
 * Does what the pipe does on AWS: passes the changes since a place in the stream through the deployed function, and puts the
 * events that it returns on the bus. The emulator creates the pipe but carries nothing to a bus. Returns the types of the events.
 */
export const carry = async (from: Iterator, functionName: string, busName: string): Promise<string[]> => {
  const { Records: records } = await aws<{ Records: StreamRecord[] }>(STREAMS, "get-records", "--shard-iterator", from);
  const payload = JSON.stringify(records.map(withSeconds));
  const answer = await new LambdaClient({}).send(new InvokeCommand({ FunctionName: functionName, Payload: payload }));
  const text = Buffer.from(answer.Payload ?? []).toString("utf8");
  if (answer.FunctionError !== undefined) throw new Error(`the function of events failed: ${text}`);
  const events = JSON.parse(text) as { type: string }[];
  const entries = events.map((event) => ({
    Source: EVENT_SOURCE,
    DetailType: event.type,
    Detail: JSON.stringify(event),
    EventBusName: busName,
  }));
  if (entries.length > 0) await aws("events", "put-events", "--entries", JSON.stringify(entries));
  return events.map(({ type }) => type);
};

// The AWS CLI prints times as text; Lambda and pipes send seconds.
const withSeconds = (record: StreamRecord): StreamRecord => {
  const { ApproximateCreationDateTime: at } = record.dynamodb;
  const seconds = typeof at === "number" ? at : Date.parse(at) / 1_000;
  return { ...record, dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: seconds } };
};
