/**
 * Every error code of the API and the HTTP status it travels with. The codes are stable: clients branch on them
 * (RFC 9457 leaves such extension members to the API).
 */
export const PROBLEM_STATUS = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  LicenseExpired: 403,
  LicenseNotYetValid: 403,
  MaxSeatCountReached: 403,
  OperatorTooOld: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  Conflict: 409,
  SessionConflict: 409,
  SessionEnded: 409,
  PayloadTooLarge: 413,
  UnsupportedMediaType: 415,
  TooManyRequests: 429,
  Internal: 500,
  LicenseMissing: 503,
  LicenseInvalid: 503,
  Unavailable: 503,
} as const;

export type ProblemCode = keyof typeof PROBLEM_STATUS;

/** One fault of an input: where it is (`client.id`, `query.from`) and what is wrong there. */
export type Fault = { path: string; message: string };

/** Faults as one line of text, where there is no room for a list: the first 20, and how many more there are. */
export const describeFaults = (faults: readonly Fault[]): string =>
  [
    ...faults.slice(0, MOST_DESCRIBED).map(({ path, message }) => `${path} ${message}`),
    ...(faults.length > MOST_DESCRIBED ? [`and ${faults.length - MOST_DESCRIBED} more`] : []),
  ].join("; ");

// One event may have a fault in every few bytes of a megabyte, and must not spoil the answer that carries the others.
const MOST_DESCRIBED = 20;
