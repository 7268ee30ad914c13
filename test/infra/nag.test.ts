import { Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from "cdk-nag";
import type { IConstruct } from "constructs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { DEEP } from "../support/deep.ts";
import { type Made, withApp } from "./synth.ts";

const WITH_EVERYTHING = {
  network: { mode: "both", vpcEndpointIds: ["vpce-0123456789abcdef0"], allowedCidrs: ["10.0.0.0/8"] },
  notifications: { email: "admin@example.com" },
  events: { enabled: true },
  jira: {
    webhookSecretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123",
    kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555",
  },
  customDomain: {
    name: "licenses.example.com",
    certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/c",
    hostedZone: { id: "Z123", name: "example.com" },
  },
};

type Finding = { rule: string; path: string };

/** What makes other findings. */
const WITH_OWN_KEY = {
  region: "eu-central-1",
  encryption: { kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555" },
  tracing: "xray",
  network: { mode: "private", vpcEndpointIds: ["vpce-0123456789abcdef0"], accessLogs: true },
};

/** Builds the app as if nothing had been acknowledged, and records what would have been. */
const withoutAcknowledgements = () => {
  const acknowledged: (Finding & { reason: string })[] = [];
  vi.spyOn(Validations, "of").mockImplementation((scope: IConstruct) => {
    const validations: Validations = Reflect.construct(Validations, [scope]);
    validations.acknowledge = (...rules) =>
      void acknowledged.push(...rules.map(({ id, reason }) => ({ rule: id, reason, path: scope.node.path })));
    return validations;
  });
  const { failure, findings } = withApp(WITH_EVERYTHING, findingsIn);
  vi.restoreAllMocks();
  return { failure, acknowledged, findings };
};

const findingsIn = ({ app }: Made) => {
  // References between the stacks get their final form in a synth, and findings are called by them.
  const failure = failureOf(() => app.synth());
  const findingsOf = (pack: NagPack): Finding[] =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: String(constructPath) })),
      );
  const findings = [new AwsSolutionsChecks(app), new ServerlessChecks(app)].flatMap(findingsOf);
  return { failure, findings };
};

const failureOf = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
};

let unacknowledged: ReturnType<typeof withoutAcknowledgements>;
beforeAll(() => {
  unacknowledged = withoutAcknowledgements();
});

describe("the rule packs", () => {
  // The CDK's own rules take seconds to load: they run with DEEP=1.
  it("find nothing that is not acknowledged, nor do the CDK's own template rules", () => {
    const rules = { builtinCloudFormationValidation: DEEP };
    for (const settings of [WITH_EVERYTHING, WITH_OWN_KEY])
      expect(() => withApp(settings, ({ app }) => app.synth(), rules)).not.toThrow();
  });

  it("fail the synth when an acknowledgement is missing", () => {
    expect(unacknowledged.failure).toMatchObject({ name: "ValidationFailed" });
  });

  it("have a finding behind each acknowledgement and one acknowledgement for each finding", () => {
    const { acknowledged, findings } = unacknowledged;
    const covers = (acknowledgement: Finding, finding: Finding): boolean =>
      acknowledgement.rule === finding.rule && finding.path.startsWith(`${acknowledgement.path}/`);
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) {
      expect(
        acknowledged.filter((entry) => covers(entry, finding)),
        JSON.stringify(finding),
      ).toHaveLength(1);
    }
    for (const entry of acknowledged) {
      expect(
        findings.filter((finding) => covers(entry, finding)),
        JSON.stringify(entry),
      ).not.toHaveLength(0);
    }
  });

  it("are only ever overruled with a reason", () => {
    for (const { reason } of unacknowledged.acknowledged) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  });
});
