import { AsyncLocalStorage } from "node:async_hooks";

/** The capacity units that some work has consumed, indexes included, as DynamoDB reports them. */
export type Consumption = { readUnits: number; writeUnits: number };

/**
 * Does some work and adds up what it consumes into `into`, also if it fails. Work that goes on beside it is not mixed in. A
 * call that DynamoDB refuses is billed, too, but it does not report what for.
 */
export const metered = <T>(into: Consumption, work: () => Promise<T>): Promise<T> => meters.run(into, work);

/** Notes what a call has consumed, on the account of the work it was made for. */
export const noteConsumed = (operation: string, units: number): void => {
  const meter = meters.getStore();
  if (meter === undefined) return;
  if (READS.has(operation)) meter.readUnits += units;
  else meter.writeUnits += units;
};

const READS = new Set(["GetItem", "BatchGetItem", "Query"]);

const meters = new AsyncLocalStorage<Consumption>();
