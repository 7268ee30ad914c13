import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Item } from "./table.ts";

/** A change of an item, from the table's stream. */
export type ItemChange = {
  /** The same at every delivery of the change. */
  id: string;
  /** A number of up to 40 digits that grows with each change of an item. */
  sequence: string;
  /** When it was written, to the second. */
  at: EpochMs;
  before: Item | undefined;
  after: Item | undefined;
};

const Image = v.custom<Record<string, AttributeValue>>((value) => typeof value === "object" && value !== null);

/** Epoch seconds: a number in pipes and Lambda, a text in parts of their documentation. */
const Seconds = v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.number(), v.finite());

/** The fields of a record that are read (DynamoDB Streams API reference, "Record"). */
const StreamRecord = v.object({
  eventID: v.pipe(v.string(), v.minLength(1)),
  eventName: v.picklist(["INSERT", "MODIFY", "REMOVE"]),
  dynamodb: v.object({
    ApproximateCreationDateTime: Seconds,
    SequenceNumber: v.string(),
    NewImage: v.optional(Image),
    OldImage: v.optional(Image),
  }),
});

/** Reads a record of the table's stream. Throws if it is not one. */
export const readStreamRecord = (record: unknown): ItemChange => {
  const { eventID, dynamodb } = v.parse(StreamRecord, record);
  return {
    id: eventID,
    sequence: dynamodb.SequenceNumber,
    at: dynamodb.ApproximateCreationDateTime * SECOND_MS,
    before: dynamodb.OldImage && unmarshall(dynamodb.OldImage),
    after: dynamodb.NewImage && unmarshall(dynamodb.NewImage),
  };
};
