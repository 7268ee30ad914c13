import { StoreUnavailable } from "../../../shared/store/table.ts";
import { awsAdvice } from "../aws-advice.ts";
import { CliError, EXIT } from "../exit.ts";
import { safe } from "../text.ts";

const DENIED_OR_ABSENT = ["AccessDeniedException", "ResourceNotFoundException"];

/** Why the table cannot be used; undefined where the error is another. `hint` says how to continue. */
export const tableError = (error: unknown, hint = ""): CliError | undefined => {
  if (!(error instanceof Error)) return undefined;
  if (!(error instanceof StoreUnavailable) && !DENIED_OR_ABSENT.includes(error.name)) return undefined;
  const { name, message } = error instanceof StoreUnavailable && error.cause instanceof Error ? error.cause : error;
  const advice = awsAdvice(name, message);
  return new CliError(
    EXIT.unavailable,
    `The table cannot be used: ${safe(`${name}: ${message}`)}${hint}`,
    ...(advice === undefined ? [] : [`  ${advice}`]),
  );
};
