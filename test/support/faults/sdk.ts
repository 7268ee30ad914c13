import {
  InternalServerError,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { type Chances, drawn } from "../faults.ts";

/** What can go wrong with one call of DynamoDB, once the SDK's own retries are used up. */
export type SdkFault =
  | "throttled"
  | "throughput exceeded"
  | "timed out before"
  | "timed out after"
  | "reset before"
  | "reset after"
  | "hung up"
  | "internal error before"
  | "internal error after"
  /** The SDK tried a write again that had taken effect. */
  | "applied twice"
  /** A plain write, or a transaction, meets a transaction at one of its items. */
  | "conflict"
  /** A batch is done in part only. */
  | "unprocessed"
  /** A page holds one item only. */
  | "tiny page";

type Send = (command: unknown) => Promise<unknown>;

/**
 * A document client that meets faults where `decide` says so. They are put in where the SDK would hand them over, so
 * none of its own pauses is slept through.
 */
export const faultyClient = (
  client: DynamoDBDocumentClient,
  decide: (command: object) => SdkFault | undefined,
): DynamoDBDocumentClient => {
  const send = client.send.bind(client) as unknown as Send;
  return new Proxy(client, {
    get(target, name, receiver) {
      if (name !== "send") return Reflect.get(target, name, receiver) as unknown;
      return async (command: object) => {
        const fault = decide(command);
        return fault === undefined ? send(command) : FAULTS[fault](command, send);
      };
    },
  });
};

/** Decides by chance. `chances` may be changed at any time. */
export const byChance = (random: () => number, chances: Chances<SdkFault>) => (): SdkFault | undefined =>
  drawn(random, chances);

/** The faults of a list, one a call, and then none. */
export const inTurn = (...faults: (SdkFault | undefined)[]) => {
  const queue = [...faults];
  return (): SdkFault | undefined => queue.shift();
};

const named = (name: string, message: string, code?: string): Error =>
  Object.assign(new Error(message), { name }, code === undefined ? {} : { code });

const timeout = () => named("TimeoutError", "Connection timed out after 5000 ms");
const reset = () => named("Error", "read ECONNRESET", "ECONNRESET");
const internal = () => new InternalServerError({ message: "internal server error", $metadata: {} });

const before = (error: () => Error) => async (): Promise<never> => {
  throw error();
};

const after =
  (error: () => Error) =>
  async (command: object, send: Send): Promise<never> => {
    await send(command);
    throw error();
  };

const isPlainWrite = (command: object): boolean =>
  command instanceof PutCommand || command instanceof UpdateCommand || command instanceof DeleteCommand;

const conflict = async (command: object, send: Send): Promise<unknown> => {
  const message = "Transaction is ongoing for the item";
  if (isPlainWrite(command)) throw new TransactionConflictException({ message, $metadata: {} });
  if (!(command instanceof TransactWriteCommand)) return send(command);
  throw new TransactionCanceledException({
    message: "Transaction cancelled, please refer cancellation reasons for specific reasons",
    $metadata: {},
    CancellationReasons: ((command.input as TransactWriteCommandInput).TransactItems ?? []).map((_, place) =>
      place === 0 ? { Code: "TransactionConflict", Message: message } : { Code: "None" },
    ),
  });
};

// Only the first half is done, and of one alone nothing.
const unprocessed = async (command: object, send: Send): Promise<unknown> => {
  if (command instanceof BatchGetCommand) {
    const [name, wanted] = only((command.input as BatchGetCommandInput).RequestItems);
    const keys = wanted.Keys ?? [];
    const half = Math.floor(keys.length / 2);
    const rest = { [name]: { ...wanted, Keys: keys.slice(half) } };
    if (half === 0) return { Responses: {}, UnprocessedKeys: rest };
    const done = await send(
      new BatchGetCommand({ RequestItems: { [name]: { ...wanted, Keys: keys.slice(0, half) } } }),
    );
    return { ...(done as object), UnprocessedKeys: rest };
  }
  if (!(command instanceof BatchWriteCommand)) return send(command);
  const [name, writes] = only((command.input as BatchWriteCommandInput).RequestItems);
  const half = Math.floor(writes.length / 2);
  const rest = { [name]: writes.slice(half) };
  if (half === 0) return { UnprocessedItems: rest };
  const done = await send(new BatchWriteCommand({ RequestItems: { [name]: writes.slice(0, half) } }));
  return { ...(done as object), UnprocessedItems: rest };
};

const only = <T>(record: Record<string, T> | undefined): [string, T] => {
  const [entry] = Object.entries(record ?? {});
  if (entry === undefined) throw new Error("a batch of no table");
  return entry;
};

const FAULTS: Readonly<Record<SdkFault, (command: object, send: Send) => Promise<unknown>>> = {
  throttled: before(() => named("ThrottlingException", "Rate exceeded")),
  "throughput exceeded": before(
    () => new ProvisionedThroughputExceededException({ message: "throughput exceeded", $metadata: {} }),
  ),
  "timed out before": before(timeout),
  "timed out after": after(timeout),
  "reset before": before(reset),
  "reset after": after(reset),
  "hung up": before(() => named("Error", "socket hang up", "ECONNRESET")),
  "internal error before": before(internal),
  "internal error after": after(internal),
  "applied twice": async (command, send) => {
    const first = await send(command);
    return isPlainWrite(command) ? send(command) : first;
  },
  conflict,
  unprocessed,
  "tiny page": async (command, send) =>
    send(
      command instanceof QueryCommand
        ? new QueryCommand({ ...(command.input as QueryCommandInput), Limit: 1 })
        : command,
    ),
};
