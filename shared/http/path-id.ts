import { check } from "../contract/check.ts";
import type { Fault } from "../contract/problems.ts";
import { Id } from "../contract/requests.ts";
import type { Call } from "./handler.ts";
import { badRequest } from "./problem.ts";

/** The id in a route's path. Throws a 400 if it is not an id. */
export const pathId = ({ id }: Pick<Call, "id">): string => {
  const checked = check(Id, id);
  if (!checked.ok) throw badRequest(inPath(checked.faults));
  return checked.value;
};

/** The faults of that id, for a request that reports them together with others. */
export const pathIdFaults = ({ id }: Pick<Call, "id">): readonly Fault[] => {
  const checked = check(Id, id);
  return checked.ok ? [] : inPath(checked.faults);
};

const inPath = (faults: readonly Fault[]): Fault[] => faults.map(({ message }) => ({ path: "path.id", message }));
