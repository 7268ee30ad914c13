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
