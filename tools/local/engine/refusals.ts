import type { Request } from "./operations.ts";

/** A key or an item in DynamoDB's JSON. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A refusal as DynamoDB's API sends it, without the name of its service. */
export type Refusal = { type: string; body: Record<string, unknown> };

/** Reads the item that a write is about, as it is now. */
export type ReadItem = (write: Request) => Promise<Attributes | undefined>;

/**
 * A refusal of the engine as DynamoDB sends it. The engine reports neither the item that a condition refused nor the reasons
 * of a transaction but as text, so the items that were asked for are read. Nothing may be written in between.
 */
export const refusalOf = async (text: string, request: Request, read: ReadItem): Promise<Refusal> => {
  const { type, message } = parsed(text);
  if (type === "ConditionalCheckFailedException") return { type, body: { message, ...(await itemOf(request, read)) } };
  if (type !== "TransactionCanceledException") return { type, body: { message } };
  const codes = /\[([^\]]*)\]\s*$/.exec(message)?.[1]?.split(", ") ?? [];
  const writes = (request["TransactItems"] ?? []) as Readonly<Record<string, Request>>[];
  const reasons: Attributes[] = [];
  for (const [place, code] of codes.entries()) {
    const write = Object.values(writes[place] ?? {})[0];
    const refused = code === "ConditionalCheckFailed" && write !== undefined;
    reasons.push({
      Code: code,
      ...(refused ? { Message: "The conditional request failed", ...(await itemOf(write, read)) } : {}),
    });
  }
  return { type, body: { Message: message, CancellationReasons: reasons } };
};

const itemOf = async (write: Request, read: ReadItem): Promise<{ Item?: Attributes }> => {
  if (write["ReturnValuesOnConditionCheckFailure"] !== "ALL_OLD") return {};
  const item = await read(write);
  return item === undefined ? {} : { Item: item };
};

// What is not a refusal of DynamoDB's kind is a defect of this adapter or of the engine.
const parsed = (text: string): { type: string; message: string } => {
  try {
    const { error_type: type, message } = JSON.parse(text) as { error_type?: string; message?: string };
    if (type !== undefined) return { type, message: message ?? "" };
  } catch {
    // Not JSON: below.
  }
  return { type: "InternalServerError", message: text };
};
