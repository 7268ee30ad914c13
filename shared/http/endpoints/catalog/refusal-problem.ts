import type { Fault } from "../../../contract/problems.ts";
import { entryText } from "../../../policies/catalog/entry.ts";
import type { Refusal, WantedChange } from "../../../policies/catalog/plan.ts";
import { ApiProblem, badRequest } from "../../problem.ts";

/**
 * The error for changes that were refused. `pathOf` is the path of a field of a change in the request. With one change, a failed
 * precondition has the current validator in `ETag`.
 */
export const refusalProblem = (
  refusal: Refusal,
  wanted: readonly WantedChange[],
  pathOf: (index: number, field: string) => string,
): ApiProblem => {
  const nameOf = (index: number): string => {
    const change = wanted[index];
    return change === undefined ? "" : entryText(change);
  };
  switch (refusal.kind) {
    case "invalid":
      return badRequest(
        refusal.faults.map(({ index, fault }) => ({ path: pathOf(index, fault.path), message: fault.message })),
      );
    case "missing":
      return new ApiProblem("NotFound", `The catalog has no ${refusal.indexes.map(nameOf).join(" and no ")}`);
    case "full":
      return new ApiProblem("Conflict", refusal.detail);
    case "required":
    case "failed": {
      const faults: Fault[] = refusal.changes.map(({ index, current }) => ({
        path: pathOf(index, "if_match"),
        message: `${nameOf(index)} ${current === undefined || current.deletedAt !== undefined ? "does not exist" : `has the etag ${current.etag}`}`,
      }));
      const names = refusal.changes.map(({ index }) => nameOf(index)).join(", ");
      const [only] = wanted.length === 1 ? refusal.changes : [];
      const etag = only?.current?.etag;
      const options = { faults, headers: etag === undefined ? {} : { etag } };
      return refusal.kind === "required"
        ? new ApiProblem("PreconditionRequired", `${names} exists already. Send its etag in If-Match`, options)
        : new ApiProblem(
            "PreconditionFailed",
            `${names} changed since it was read. Read it again, then repeat the change`,
            options,
          );
    }
  }
};
