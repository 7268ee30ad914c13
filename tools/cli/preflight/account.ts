import type { Check } from "../doctor/check.ts";
import type { Look } from "./look.ts";

/** Lambda refuses limits of functions that leave less than this for the others (Lambda developer guide). */
const UNRESERVED = 100;

/** The limits of Lambda and API Gateway, which all applications of the account share. */
export const accountChecks: Look = async ({ concurrency, throttle }, ask) => {
  const lambda = (await ask("lambda", "get-account-settings")) as { AccountLimit: { ConcurrentExecutions: number } };
  const gateway = (await ask("apigateway", "get-account")) as {
    throttleSettings?: { burstLimit: number; rateLimit: number };
  };
  const reserved = Object.values(concurrency).reduce<number>((total, calls) => total + (calls ?? 0), 0);
  return [
    concurrencyCheck(lambda.AccountLimit.ConcurrentExecutions, reserved),
    ...(gateway.throttleSettings === undefined ? [] : [throttleCheck(throttle, gateway.throttleSettings)]),
  ];
};

const concurrencyCheck = (limit: number, reserved: number): Check => {
  const name = "lambda";
  const found = `${limit} calls at once in the whole account`;
  if (reserved > 0 && limit - reserved < UNRESERVED)
    return {
      name,
      result: "fail",
      found: `${found}, ${reserved} of them in concurrency`,
      advice: `AWS wants ${UNRESERVED} left for other functions. Lower concurrency, or request a higher limit in Service Quotas.`,
    };
  if (limit < UNRESERVED)
    return {
      name,
      result: "warn",
      found,
      advice: "Operators that start together get 503. Request 1,000 concurrent executions in Service Quotas.",
    };
  return { name, result: "ok", found };
};

const throttleCheck = (
  { rate, burst }: { rate: number; burst: number },
  { rateLimit, burstLimit }: { rateLimit: number; burstLimit: number },
): Check => {
  const found = `${rateLimit} requests a second and ${burstLimit} at once in the whole account`;
  return rate > rateLimit || burst > burstLimit
    ? {
        name: "api",
        result: "fail",
        found,
        advice: `throttle is ${rate} and ${burst}. Lower it, or request a higher limit in Service Quotas.`,
      }
    : { name: "api", result: "ok", found };
};
