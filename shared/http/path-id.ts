import { check } from "../contract/check.ts";
import { Id } from "../contract/requests.ts";
import type { Call } from "./handler.ts";
import { badRequest } from "./problem.ts";

/** The id in a route's path; a 400 where it is none. */
export const pathId = ({ id }: Call): string => {
  const checked = check(Id, id);
  if (!checked.ok) throw badRequest(checked.faults.map(({ message }) => ({ path: "path.id", message })));
  return checked.value;
};
