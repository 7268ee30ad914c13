/** Every error code of the API and its HTTP status. The codes are stable: clients branch on them. */
export const PROBLEM_STATUS = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  LicenseExpired: 403,
  LicenseNotYetValid: 403,
  MaxOperatorsReached: 403,
  MaxSeatCountReached: 403,
  OperatorTooOld: 403,
  PolicyDenied: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  Conflict: 409,
  SessionConflict: 409,
  SessionEnded: 409,
  PreconditionFailed: 412,
  PayloadTooLarge: 413,
  UnsupportedMediaType: 415,
  PreconditionRequired: 428,
  TooManyRequests: 429,
  Internal: 500,
  LicenseMissing: 503,
  LicenseInvalid: 503,
  Unavailable: 503,
} as const;

export type ProblemCode = keyof typeof PROBLEM_STATUS;

/** A fault of an input: its path (`client.id`, `query.from`) and what is wrong there. */
export type Fault = { path: string; message: string };

/** Faults as one line of text: the first 20, and the number of the others. */
export const describeFaults = (faults: readonly Fault[]): string =>
  [
    ...faults.slice(0, MOST_DESCRIBED).map(({ path, message }) => `${path} ${message}`),
    ...(faults.length > MOST_DESCRIBED ? [`and ${faults.length - MOST_DESCRIBED} more`] : []),
  ].join("; ");

// An event of a megabyte may have a fault in every few bytes. The answer must stay small for the other events.
const MOST_DESCRIBED = 20;
