import type { EnvName } from "../shared/contract/env.ts";
import { FUNCTIONS, type FunctionName, type FunctionSpec } from "../shared/contract/functions.ts";
import { WARNED_DAYS } from "../shared/contract/settings.ts";
import type { DeployConfig } from "./config.ts";

/**
 * The environment variables that a function gets from the configuration. Grants add those for the table and the secrets.
 * An optional setting that is not configured is left out. Throws if the configuration has no value for a variable.
 */
export const functionSettings = (name: FunctionName, config: DeployConfig): [EnvName, string][] => {
  const values = settings(config);
  const spec: FunctionSpec = FUNCTIONS[name];
  return (["LOG_LEVEL", "DEPLOYMENT", "METRICS_HOURLY", ...spec.env] as const).flatMap(
    (variable): [EnvName, string][] => {
      if (!(variable in values)) throw new Error(`${name} reads ${variable}, for which the configuration has no value`);
      const value = values[variable];
      return value === undefined ? [] : [[variable, String(value)]];
    },
  );
};

const settings = (config: DeployConfig): Partial<Record<EnvName, string | number | boolean | undefined>> => ({
  LOG_LEVEL: config.logLevel,
  // Without alarms and dashboard nothing reads the metrics, so they are not sent and cost nothing.
  DEPLOYMENT:
    config.alarms.enabled || config.alarms.dashboard || config.alarms.metrics === "all"
      ? config.stackPrefix
      : undefined,
  // Left out unless it is on, to keep the environment of functions small.
  METRICS_HOURLY: config.alarms.dashboard || config.alarms.metrics === "all" ? true : undefined,
  SLOW_REQUEST_MS: config.alarms.enabled ? config.alarms.latencyMs : undefined,
  // Named after the deployment, not after its URL: tokens stay valid when a custom domain is added or changed.
  TOKEN_ISSUER: `urn:mirrord-license-server:${config.stackPrefix}`,
  ADMIN_BY_LICENSE_KEY: config.adminByLicenseKey,
  SEATS_ALLOW_OVERAGES: config.seats.allowOverages,
  SEATS_ANCHOR_DAY: config.seats.anchorDay,
  SEATS_MODE: config.seats.mode,
  SEATS_GRACE_MINUTES: config.seats.graceMinutes,
  SEATS_IDLE_DAYS: config.seats.idleDays,
  SEATS_RESERVATIONS: config.seats.reservations.length === 0 ? undefined : JSON.stringify(config.seats.reservations),
  SEATS_LOST_MINUTES: config.seats.lostMinutes,
  RETENTION_SESSIONS_DAYS: config.retention.sessionsDays,
  RETENTION_OPERATOR_ERRORS_DAYS: config.retention.operatorErrorsDays,
  LEASE_SECONDS: config.lease.seconds,
  HEARTBEAT_INTERVAL_SECONDS: config.lease.heartbeatIntervalSeconds,
  REPORT_SCHEDULE: config.reports.schedule === "off" ? undefined : config.reports.schedule,
  REPORT_TIME_ZONE: config.reports.timeZone,
  ALLOWED_CIDRS: config.network.allowedCidrs.length === 0 ? undefined : config.network.allowedCidrs.join(","),
  PUBLIC_URL: config.publicUrl,
  DASHBOARD_ENABLED: config.dashboard.enabled,
  METRICS_PER_USER: config.metrics.perUserLabels,
  PSEUDONYMS_ONLY: config.privacy.pseudonymsOnly,
  DISPLAY_NAME_STRIP: config.privacy.displayNameStrip,
  // Without alarms, another system watches: the server then reports only what it always has.
  NOTICE_CONDITIONS: config.alarms.enabled,
  NOTICE_LICENSE_DAYS: [
    ...new Set([...WARNED_DAYS, config.alarms.licenseDays, config.alarms.licenseUrgentDays]),
  ].join(),
  NOTICE_SEATS_PERCENT: config.alarms.seatsPercent,
  NOTICE_DENIALS: config.alarms.denials,
  JIRA_WEBHOOK_SECRET_ARN: config.jira?.webhookSecretArn,
  OPERATOR_LOST_SECONDS: config.lease.lostAfterSeconds,
});
