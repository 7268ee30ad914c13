import { HOURS_A_MONTH, PRICES } from "./prices.ts";

const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret";

/** Settings that change what a deployment costs when nobody uses it, each with an example of it. */
export const OPTIONS: readonly { setting: string; config: Record<string, unknown> }[] = [
  { setting: "`events.enabled: true`", config: { events: { enabled: true } } },
  { setting: "`jira`, with its events", config: { jira: { webhookSecretArn: `${ARN}:jira-AbC123` } } },
  { setting: "`alarms.metrics: all`", config: { alarms: { metrics: "all" } } },
  { setting: "`alarms.dashboard: true`, with its metrics", config: { alarms: { dashboard: true } } },
  {
    setting: "`seats.mode: floating`, `seats.idleDays` or `seats.reservations`: their job",
    config: { seats: { mode: "floating" } },
  },
  { setting: "`alarms.enabled: false`", config: { alarms: { enabled: false } } },
  {
    setting: "`license.key` and `license.file` in secrets of your own",
    config: { license: { key: { secretArn: `${ARN}:key-AbC123` }, file: { secretArn: `${ARN}:pem-AbC123` } } },
  },
];

/** What other settings add, which no template shows: AWS bills it outside the stacks, or by use. */
export const OUTSIDE: readonly { what: string; usd: number }[] = [
  {
    what: "a million requests through the private front, above the price of the public one",
    usd: PRICES.privateApiRequestsPerMillion - PRICES.apiRequestsPerMillion,
  },
  { what: "a KMS key of your own, without its requests", usd: PRICES.keyMonth },
  {
    what: "an interface endpoint in two zones for the private front, where none exists",
    usd: 2 * PRICES.endpointHour * HOURS_A_MONTH,
  },
];
