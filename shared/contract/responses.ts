import type * as v from "valibot";
import type * as schemas from "./response-schemas.ts";

/**
 * The types of the API's answers; times are RFC 3339 in UTC. Types only: their schemas serve the OpenAPI document and the
 * tests, and no function loads them.
 */

export { PRIMARY_KEYS, type PrimaryKey } from "./primary-keys.ts";

export type LicenseStatus = v.InferOutput<typeof schemas.LicenseStatus>;
export type TrackingMode = v.InferOutput<typeof schemas.TrackingMode>;
export type LicenseObject = v.InferOutput<typeof schemas.LicenseObject>;
export type LeaseObject = v.InferOutput<typeof schemas.LeaseObject>;
/** A refused lease: `lease` is null, and `lease_reason` is the reason's code. */
export type LeaseReason = v.InferOutput<typeof schemas.LeaseReason>;
export type LicenseGetResponse = v.InferOutput<typeof schemas.LicenseGetResponse>;
export type LicensePostResponse = v.InferOutput<typeof schemas.LicensePostResponse>;
export type SeatNumbers = v.InferOutput<typeof schemas.SeatNumbers>;
export type HeartbeatResponse = v.InferOutput<typeof schemas.HeartbeatResponse>;
export type SessionStartResponse = v.InferOutput<typeof schemas.SessionStartResponse>;
export type SessionEndResponse = v.InferOutput<typeof schemas.SessionEndResponse>;
export type LockedPort = v.InferOutput<typeof schemas.LockedPort>;
export type SessionListResponse = v.InferOutput<typeof schemas.SessionListResponse>;
export type SeatListResponse = v.InferOutput<typeof schemas.SeatListResponse>;
export type SeatHistoryDay = v.InferOutput<typeof schemas.SeatHistoryDay>;
export type SeatHistoryResponse = v.InferOutput<typeof schemas.SeatHistoryResponse>;
export type SeatForecastResponse = v.InferOutput<typeof schemas.SeatForecastResponse>;
export type AuditListResponse = v.InferOutput<typeof schemas.AuditListResponse>;
export type SessionKillAllResponse = v.InferOutput<typeof schemas.SessionKillAllResponse>;
export type OperatorListResponse = v.InferOutput<typeof schemas.OperatorListResponse>;
export type TrendDay = v.InferOutput<typeof schemas.TrendDay>;
export type UsageTrends = v.InferOutput<typeof schemas.UsageTrends>;
export type ErrorReport = v.InferOutput<typeof schemas.ErrorReport>;
export type DenialReport = v.InferOutput<typeof schemas.DenialReport>;
export type LargeAnswer = v.InferOutput<typeof schemas.LargeAnswer>;
export type UsageReport = v.InferOutput<typeof schemas.UsageReport>;
/** RFC 9457, with the API's own `code` and `request_id`, and every fault of a bad input. */
export type Problem = v.InferOutput<typeof schemas.Problem>;
