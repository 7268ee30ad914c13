import { check } from "../contract/check.ts";
import type { Fault } from "../contract/problems.ts";
import { Id } from "../contract/requests.ts";
import type { Call } from "./handler.ts";
import { badRequest } from "./problem.ts";

/** The id in a route's path; a 400 where it is none. */
export const pathId = ({ id }: Pick<Call, "id">): string => {
  const checked = check(Id, id);
  if (!checked.ok) throw badRequest(inPath(checked.faults));
  return checked.value;
};

/** What is wrong with it, for a request whose other faults are to be told along with that. */
export const pathIdFaults = ({ id }: Pick<Call, "id">): readonly Fault[] => {
  const checked = check(Id, id);
  return checked.ok ? [] : inPath(checked.faults);
};

const inPath = (faults: readonly Fault[]): Fault[] => faults.map(({ message }) => ({ path: "path.id", message }));
