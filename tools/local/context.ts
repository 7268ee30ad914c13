import type { Context } from "aws-lambda";
import type { FunctionName } from "../../shared/contract/functions.ts";
import { FUNCTIONS } from "../../shared/contract/functions.ts";

/** The context of one invocation. `remainingMs` returns what is left of the function's time, in milliseconds. */
export const invocationContext = (name: FunctionName, requestId: string, remainingMs: () => number): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName: name,
  functionVersion: "$LATEST",
  invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${name}`,
  memoryLimitInMB: String(FUNCTIONS[name].memoryMb),
  awsRequestId: requestId,
  logGroupName: `/aws/lambda/${name}`,
  logStreamName: "local",
  getRemainingTimeInMillis: () => Math.max(0, remainingMs()),
  done: ignored,
  fail: ignored,
  succeed: ignored,
});

// The callbacks of Node.js 0.10, which no handler here uses.
const ignored = (): void => undefined;
