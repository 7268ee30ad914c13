import { StoreUnavailable } from "../../../shared/store/table.ts";
import { awsAdvice } from "../aws-advice.ts";
import { CliError, EXIT } from "../exit.ts";
import { safe } from "../text.ts";

const DENIED_OR_ABSENT = ["AccessDeniedException", "ResourceNotFoundException"];

/** Why the table cannot be had, as told to a person; undefined where the error is another. `remark` says how to go on. */
export const tableError = (error: unknown, remark = ""): CliError | undefined => {
  if (!(error instanceof Error)) return undefined;
  if (!(error instanceof StoreUnavailable) && !DENIED_OR_ABSENT.includes(error.name)) return undefined;
  const { name, message } = error instanceof StoreUnavailable && error.cause instanceof Error ? error.cause : error;
  const advice = awsAdvice(name, message);
  return new CliError(
    EXIT.unavailable,
    `the table cannot be had: ${safe(`${name}: ${message}`)}${remark}`,
    ...(advice === undefined ? [] : [`  ${advice}`]),
  );
};
