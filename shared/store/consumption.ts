import { AsyncLocalStorage } from "node:async_hooks";

/** The capacity units of some work, indexes included, as DynamoDB reports them. */
export type Consumption = { readUnits: number; writeUnits: number };

/**
 * Runs some work and adds what it consumes to `into`, also if it fails. Concurrent work does not count. DynamoDB also bills
 * a call that it refuses, but does not report its units.
 */
export const metered = <T>(into: Consumption, work: () => Promise<T>): Promise<T> => meters.run(into, work);

/** Adds the units of a call to the work that made it. */
export const noteConsumed = (operation: string, units: number): void => {
  const meter = meters.getStore();
  if (meter === undefined) return;
  if (READS.has(operation)) meter.readUnits += units;
  else meter.writeUnits += units;
};

const READS = new Set(["GetItem", "BatchGetItem", "Query"]);

const meters = new AsyncLocalStorage<Consumption>();
