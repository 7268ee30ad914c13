import * as v from "valibot";
import { CIDR_FAULT, isCidr } from "../shared/contract/cidr.ts";
import { Reservations } from "../shared/contract/reservations.ts";
import { isTimeZone, PUBLIC_URL, PUBLIC_URL_FAULT, REPORT_SCHEDULES, SEAT_MODES } from "../shared/contract/settings.ts";
import { trustAnchorFault } from "../shared/contract/trust-anchor.ts";
import { patternFault } from "../shared/patterns/regular-expression.ts";
import { differentRegions, isRecord, pathItem, REGION } from "./config-walk.ts";

/**
 * The deploy configuration: everything that may differ between two deployments. Every value has a default, so an empty
 * object deploys a working server. Unknown keys are refused: otherwise a misspelt key would silently mean the default.
 * No message repeats the value that it refuses: somebody may have pasted a license key where an ARN belongs.
 */

const text = (pattern: RegExp, message: string) => v.pipe(v.string(message), v.regex(pattern, message));

const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
};

/** An object that refuses unknown keys and reports all of them (valibot's `strictObject` reports only the first). */
const section = <Entries extends v.ObjectEntries>(entries: Entries, message = "must be an object") => {
  const schema = v.pipe(
    // valibot accepts a list as an object, so an empty list would count as an empty configuration.
    v.custom<Record<string, unknown>>(isRecord, message),
    v.looseObject(entries, message),
    v.rawCheck(({ dataset, addIssue }) => {
      const input: unknown = dataset.value;
      if (!isRecord(input)) return;
      for (const key of Object.keys(input)) {
        if (!Object.hasOwn(entries, key)) addIssue({ message: "is not a known setting", path: [pathItem(input, key)] });
      }
    }),
  );
  // No unknown key passes, so the index signature of a loose object would only hide type errors.
  return schema as unknown as v.GenericSchema<
    v.InferInput<v.ObjectSchema<Entries, undefined>>,
    v.InferOutput<v.ObjectSchema<Entries, undefined>>
  >;
};

const SecretArn = text(
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
  "must be the complete ARN of a Secrets Manager secret, including the six characters at its end",
);
const KeyArn = text(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, "must be the ARN of a KMS key, not an alias");
const CertificateArn = text(
  /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
  "must be the ARN of an ACM certificate",
);
const HostName = text(
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/,
  "must be a host name in lower case, without scheme, port or path",
);

const existingSecret = { secretArn: SecretArn, kmsKeyArn: v.exactOptional(KeyArn) };

// Lambda limits the environment of a function to 4 KB (Lambda quotas). The other variables need about 1 KB.
const MAX_ANCHOR_CHARACTERS = 2_560;

const TrustAnchor = v.pipe(
  v.string("must be text: certificates in PEM"),
  v.maxLength(MAX_ANCHOR_CHARACTERS, `must have at most ${MAX_ANCHOR_CHARACTERS} characters`),
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? trustAnchorFault(dataset.value) : undefined;
    if (fault !== undefined) addIssue({ message: fault });
  }),
);

const License = section({
  /** If absent, a key is generated. */
  key: v.exactOptional(section(existingSecret, "must be an object with a secretArn; never put the key itself here")),
  /** How long the previous key is still accepted after a rotation, so that the new one can reach every operator. */
  keyGraceSeconds: v.optional(wholeNumber(0, 2_592_000), 86_400),
  /** If absent, an empty secret is created. Put the license there after the deployment. */
  file: v.exactOptional(
    v.pipe(
      section(
        {
          ...existingSecret,
          versionId: v.exactOptional(text(/^[\w-]{32,64}$/, "must be a version id: 32 to 64 characters")),
          versionStage: v.exactOptional(text(/^\S{1,256}$/, "must be a staging label: 1 to 256 characters, no spaces")),
        },
        "must be an object with a secretArn; never put the license itself here",
      ),
      v.check(
        (file) => file.versionId === undefined || file.versionStage === undefined,
        "accepts versionId or versionStage, not both",
      ),
    ),
  ),
  /** The authorities that licenses must come from, as PEM. If absent, signatures are not verified. */
  trustAnchor: v.exactOptional(TrustAnchor),
});

const concurrency = v.exactOptional(wholeNumber(1, 1_000));

/**
 * How many calls of a function may run at once, so that a flood of requests to it cannot use up the concurrency of the account.
 * Operators need none of these functions.
 */
const Concurrency = section({
  public: concurrency,
  dashboard: concurrency,
  fallback: concurrency,
  metrics: concurrency,
  reports: concurrency,
});

const Cidr = v.pipe(v.string(CIDR_FAULT), v.check(isCidr, CIDR_FAULT));

/** How operators reach the server. */
const Network = v.pipe(
  section({
    /** A public HTTP API, a private REST API, or both over the same functions. */
    mode: v.optional(v.picklist(["public", "private", "both"], "must be public, private or both"), "public"),
    /** The interface endpoints for execute-api through which the private API is reached. */
    vpcEndpointIds: v.optional(
      v.array(text(/^vpce-[0-9a-f]{8,17}$/, "must be the id of a VPC endpoint"), "must be a list"),
      [],
    ),
    /** The networks that may call the server; all, if empty. */
    allowedCidrs: v.optional(v.array(Cidr, "must be a list"), []),
    /** The subnets of the function that calls a webhook of your network, and its security groups. */
    subnetIds: v.optional(v.array(text(/^subnet-[0-9a-f]{8,17}$/, "must be the id of a subnet"), "must be a list"), []),
    securityGroupIds: v.optional(
      v.array(text(/^sg-[0-9a-f]{8,17}$/, "must be the id of a security group"), "must be a list"),
      [],
    ),
    /** Whether the private API logs its calls. The account needs a role for it, which is not made here. */
    accessLogs: v.optional(v.boolean("must be true or false"), false),
  }),
  v.check(
    ({ mode, vpcEndpointIds }) => (mode === "public") === (vpcEndpointIds.length === 0),
    "needs vpcEndpointIds with the mode private or both, and accepts none with public",
  ),
  v.check(
    ({ subnetIds, securityGroupIds }) => (subnetIds.length === 0) === (securityGroupIds.length === 0),
    "needs subnetIds and securityGroupIds together",
  ),
  v.check(({ mode, accessLogs }) => mode !== "public" || !accessLogs, "accepts accessLogs with the private API only"),
);

const CustomDomain = section({
  name: HostName,
  certificateArn: CertificateArn,
  /** If absent, create the DNS record yourself. */
  hostedZone: v.exactOptional(
    section({ id: text(/^Z[A-Z0-9]{1,31}$/, "must be the id of a hosted zone"), name: HostName }),
  ),
  /** Clients must present a certificate of an authority in this file in S3. */
  mutualTls: v.exactOptional(
    section({
      truststoreUri: text(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/\S+$/, "must be s3://bucket/key"),
      truststoreVersion: v.exactOptional(text(/^\S{1,1024}$/, "must be the version of an object")),
    }),
  ),
  /** Whether the API also answers under its AWS host name, so that operators can move to the new name one by one. */
  keepDefaultEndpoint: v.optional(v.boolean("must be true or false"), false),
  basePath: v.exactOptional(
    text(
      /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
      "must be a path of letters, digits, hyphens, dots and underscores, without a slash at either end",
    ),
  ),
});

/** A table other than that of the data stack, as after a restore to a point in time. */
const ExistingTable = v.pipe(
  section({
    name: text(/^[A-Za-z0-9_.-]{3,255}$/, "must be the name of a table, not an ARN"),
    /** Required if there are events. */
    streamArn: v.exactOptional(
      text(
        /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]{3,255}\/stream\/[\dT:.-]+$/,
        "must be the ARN of the stream of a table",
      ),
    ),
  }),
  v.check(
    ({ name, streamArn }) => streamArn === undefined || streamArn.includes(`:table/${name}/stream/`),
    "streamArn must belong to the table in name",
  ),
);

const Lease = v.pipe(
  section({
    seconds: v.optional(wholeNumber(300, 7 * 86_400), 86_400),
    heartbeatIntervalSeconds: v.optional(wholeNumber(10, 3_600), 60),
    // At most two weeks, so that a session is lost long before retention could delete it.
    lostAfterSeconds: v.optional(wholeNumber(600, 14 * 86_400), 172_800),
  }),
  // An operator is stale after three missed heartbeats. A lease that ends earlier would stop a healthy operator.
  v.check(
    (lease) => lease.seconds >= 3 * lease.heartbeatIntervalSeconds,
    "seconds must cover at least three times heartbeatIntervalSeconds",
  ),
  // An operator works without the server until its lease ends, and nobody misses it until it is stale.
  v.check(
    (lease) => lease.lostAfterSeconds > Math.max(lease.seconds, 3 * lease.heartbeatIntervalSeconds),
    "lostAfterSeconds must be longer than seconds and than three times heartbeatIntervalSeconds",
  ),
);

const Seats = v.pipe(
  section({
    /** If absent, the type of the license decides. */
    allowOverages: v.exactOptional(v.boolean("must be true or false")),
    /** If absent, the day on which the license was issued. */
    anchorDay: v.exactOptional(wholeNumber(1, 31)),
    /** Whether a seat is its user's until the billing period ends, or while the user has a live session. */
    mode: v.optional(v.picklist(SEAT_MODES, "must be period or floating"), "period"),
    /** How long a floating seat is kept for its user after the last session. */
    graceMinutes: v.optional(wholeNumber(0, 1_440), 15),
    /** In the mode period: after so many days without a session a seat may be taken over. If absent, none may. */
    idleDays: v.exactOptional(wholeNumber(1, 365)),
    /** Seats kept for some users, in the order in which they are tried. */
    reservations: v.optional(Reservations, []),
    /** In the mode floating: the sessions of an operator that was silent for so long are lost. */
    lostMinutes: v.optional(wholeNumber(5, 1_440), 60),
  }),
  v.check(
    ({ mode, idleDays }) => mode === "period" || idleDays === undefined,
    "accepts idleDays with the mode period only: a floating seat is free after graceMinutes",
  ),
);

/** The price of alarms depends on their number, not on how often they go off. */
const Alarms = v.pipe(
  section({
    enabled: v.optional(v.boolean("must be true or false"), true),
    /** The dashboard in CloudWatch. It shows metrics that are sent every hour, so they are sent, too. */
    dashboard: v.optional(v.boolean("must be true or false"), false),
    /** Which metrics functions send: those of events alone, or also those that are sent every hour whatever happens. */
    metrics: v.optional(v.picklist(["events", "all"], "must be events or all"), "events"),
    /** Notices are sent so many days before the license expires, besides 30, 14, 7, 2 and 1. */
    licenseDays: v.optional(wholeNumber(3, 365), 14),
    licenseUrgentDays: v.optional(wholeNumber(1, 365), 2),
    /** A notice is sent at this share of the seats, and at 100 %. */
    seatsPercent: v.optional(wholeNumber(1, 99), 80),
    /** A notice is sent once so many sessions of a day are denied. */
    denials: v.optional(wholeNumber(1, 1_000_000), 1),
    /** These count events in five minutes. */
    serverErrors: v.optional(wholeNumber(1, 1_000_000), 5),
    wrongCredentials: v.optional(wholeNumber(1, 1_000_000), 50),
    tokenCalls: v.optional(wholeNumber(1, 1_000_000), 1),
    /** If absent, half of what throttle.rate lets pass. */
    requests: v.exactOptional(wholeNumber(1, 100_000_000)),
    /** A request of an operator that takes this long is slow. */
    latencyMs: v.optional(wholeNumber(50, 29_000), 2_000),
  }),
  v.check((alarms) => alarms.licenseUrgentDays < alarms.licenseDays, "licenseUrgentDays must be less than licenseDays"),
);

/** What CloudWatch Logs accepts as a retention, in days (PutRetentionPolicy). */
const LOGS_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const Retention = section({
  operatorErrorsDays: v.optional(wholeNumber(1, 3_650), 30),
  // The longest session lasts 30 days: a shorter retention could delete one that is still live.
  sessionsDays: v.optional(wholeNumber(31, 3_650), 1_825),
  logsDays: v.optional(v.picklist(LOGS_DAYS, `must be one of ${LOGS_DAYS.join(", ")}`), 30),
});

const TIME_ZONE = "must be an IANA time zone, such as Europe/Berlin";

export const ConfigSchema = v.pipe(
  section({
    /** The names of the stacks begin with this. Two deployments in one account need two prefixes. */
    stackPrefix: v.optional(
      text(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, "must begin with a letter and hold up to 64 letters, digits and hyphens"),
      "LicenseServer",
    ),
    account: v.exactOptional(text(/^\d{12}$/, "must be an account id: 12 digits, in quotes")),
    region: v.exactOptional(text(REGION, "must be a region, such as eu-central-1")),
    tags: v.optional(
      v.record(
        text(/^(?!aws:).{1,128}$/i, "has a name that is empty, too long, or begins with aws:"),
        text(/^.{0,256}$/, "must be a text of up to 256 characters"),
        "must be an object",
      ),
      {},
    ),
    license: v.optional(License, {}),
    network: v.optional(Network, {}),
    /** X-Ray traces of all calls of the functions. */
    tracing: v.optional(v.picklist(["off", "xray"], "must be off or xray"), "off"),
    encryption: v.optional(
      section({
        /** Encrypts everything that is stored, instead of AWS's own keys. */
        kmsKeyArn: v.exactOptional(KeyArn),
      }),
      {},
    ),
    /** The most that the roles of the deployment may do. */
    permissionsBoundaryArn: v.exactOptional(
      text(/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/, "must be the ARN of an IAM policy"),
    ),
    /** The URL under which operators reach the server, if a proxy or a DNS name of yours is in front of it. */
    publicUrl: v.exactOptional(text(PUBLIC_URL, PUBLIC_URL_FAULT)),
    customDomain: v.exactOptional(CustomDomain),
    /** If absent, the table of the data stack. */
    table: v.exactOptional(ExistingTable),
    throttle: v.optional(
      section({
        /** Requests per second. At least operators / heartbeatIntervalSeconds x 3 + agents / 2. */
        rate: v.optional(wholeNumber(1, 10_000), 100),
        /** How many at once. In thirteen regions an account has 1,250 (API Gateway quotas). */
        burst: v.optional(wholeNumber(1, 5_000), 1_000),
      }),
      {},
    ),
    concurrency: v.optional(Concurrency, {}),
    retention: v.optional(Retention, {}),
    seats: v.optional(Seats, {}),
    lease: v.optional(Lease, {}),
    reports: v.optional(
      section({
        /** The periods that a report is made for automatically, once each is over and no session of it can still arrive. */
        schedule: v.optional(v.picklist([...REPORT_SCHEDULES, "off"], "must be weekly, monthly or off"), "monthly"),
        /** The IANA time zone in which those periods begin. */
        timeZone: v.optional(v.pipe(v.string(TIME_ZONE), v.check(isTimeZone, TIME_ZONE)), "UTC"),
      }),
      {},
    ),
    dashboard: v.optional(section({ enabled: v.optional(v.boolean("must be true or false"), true) }), {}),
    metrics: v.optional(
      section({
        /** Session metrics by user and machine, as the original server has them: many series. */
        perUserLabels: v.optional(v.boolean("must be true or false"), false),
      }),
      {},
    ),
    privacy: v.optional(
      section({
        /** Removed from every name that lists and reports show, such as `@example\\.com$`. */
        displayNameStrip: v.exactOptional(
          v.pipe(
            v.string("must be a regular expression"),
            v.rawCheck(({ dataset, addIssue }) => {
              const fault = dataset.typed ? patternFault(dataset.value) : undefined;
              if (fault !== undefined) addIssue({ message: fault });
            }),
          ),
        ),
        /** Lists and reports show pseudonyms instead of the names of people and machines. The session log shows neither. */
        pseudonymsOnly: v.optional(v.boolean("must be true or false"), false),
      }),
      {},
    ),
    notifications: v.optional(
      section({
        /** Receives them by mail, after a confirmation. If absent, subscribe to the topic yourself. */
        email: v.exactOptional(text(/^[^\s@]{1,64}@[^\s@]{1,253}$/, "must be an e-mail address")),
      }),
      {},
    ),
    events: v.optional(
      section({
        /** Events about sessions, seats, the license and operators go to an EventBridge bus. */
        enabled: v.optional(v.boolean("must be true or false"), false),
      }),
      {},
    ),
    /** Session time per issue is reported to Jira, if present. */
    jira: v.exactOptional(
      section(
        {
          /** The secret that contains the URL of Jira's webhook. */
          webhookSecretArn: SecretArn,
          kmsKeyArn: v.exactOptional(KeyArn),
        },
        "must be an object with a webhookSecretArn; never put the URL itself here",
      ),
    ),
    alarms: v.optional(Alarms, {}),
    adminByLicenseKey: v.optional(v.boolean("must be true or false"), false),
    logLevel: v.optional(v.picklist(["debug", "info", "warn", "error"], "must be debug, info, warn or error"), "info"),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    for (const { path, region } of differentRegions(dataset.value)) {
      addIssue({ message: `must be in the configured region, ${region}`, path });
    }
    if (!dataset.typed) return;
    const { seats, lease } = dataset.value;
    if (seats.mode === "floating" && seats.lostMinutes * 60 <= 3 * lease.heartbeatIntervalSeconds)
      addIssue({
        message: "lostMinutes must be longer than three times lease.heartbeatIntervalSeconds",
        path: [pathItem(dataset.value, "seats")],
      });
    for (const [key, message] of networkFaults(dataset.value))
      addIssue({ message, path: [pathItem(dataset.value, key)] });
    const { table, events, jira, region } = dataset.value;
    if (region?.startsWith("us-gov-") === true && (events.enabled || jira !== undefined))
      addIssue({
        message: "has no EventBridge Pipes, which events and jira need: turn both off",
        path: [pathItem(dataset.value, "region")],
      });
    if (table !== undefined && table.streamArn === undefined && (events.enabled || jira !== undefined)) {
      addIssue({ message: "needs a streamArn because events are on", path: [pathItem(dataset.value, "table")] });
    }
  }),
);

type WithNetwork = {
  jira?: unknown;
  network: v.InferOutput<typeof Network>;
  customDomain?: v.InferOutput<typeof CustomDomain>;
  license: { trustAnchor?: string };
};

const networkFaults = ({ network, customDomain, license, jira }: WithNetwork): [key: string, message: string][] => [
  ...fault(
    network.mode === "private" && customDomain !== undefined,
    "customDomain",
    "belongs to the public API, which the mode private does not have",
  ),
  ...fault(
    customDomain?.mutualTls !== undefined && customDomain.keepDefaultEndpoint,
    "customDomain",
    "accepts mutualTls or keepDefaultEndpoint, not both: the AWS host name asks for no certificate",
  ),
  ...fault(
    network.subnetIds.length > 0 && jira === undefined,
    "network",
    "has subnetIds, which only the function of jira uses: no other function calls anything outside of AWS",
  ),
  ...fault(
    network.allowedCidrs.join(",").length + (license.trustAnchor?.length ?? 0) > MAX_ANCHOR_CHARACTERS,
    "network",
    `has too many allowedCidrs: with the trust anchor, they must have at most ${MAX_ANCHOR_CHARACTERS} characters`,
  ),
];

const fault = (is: boolean, key: string, message: string): [key: string, message: string][] =>
  is ? [[key, message]] : [];
