import { RIGHTS } from "./rights.ts";

/** The prefix of the stacks' names, and so of most physical names. */
const PREFIX = "LicenseServer";

export type Statement = {
  Sid: string;
  Effect: "Allow";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string | string[]>>;
};

/** The services whose resources get a role of the deployment. */
const PASSED_TO = ["lambda.amazonaws.com", "pipes.amazonaws.com", "scheduler.amazonaws.com"];

/** IAM accepts 6,144 characters in a policy, so there are two: for what is stored, and for what runs. */
export const PARTS = ["storage", "service"] as const;
export type Part = (typeof PARTS)[number];

export type Policy = { Version: string; Statement: Statement[] };

const STORAGE = ["dynamodb", "s3", "sns", "secretsmanager", "kms", "ssm", "cloudformation"];

const partOf = ({ Action: [action = ""] }: Statement): Part =>
  STORAGE.includes(action.split(":")[0] ?? "") ? "storage" : "service";

/**
 * What CloudFormation may do to deploy templates with resources of these types: both parts together. Throws at a type whose
 * rights are unknown.
 */
export const executionPolicies = (types: readonly string[]): Record<Part, Policy> => {
  const groups = new Map<string, { actions: Set<string>; resources: readonly string[] }>();
  for (const type of types) {
    const rights = RIGHTS[type];
    if (rights === undefined) throw new Error(`the rights for ${type} are unknown: add them to rights.ts`);
    const key = rights.on.join();
    const group = groups.get(key) ?? { actions: new Set(), resources: rights.on };
    for (const action of rights.actions) group.actions.add(action);
    groups.set(key, group);
  }
  const grouped = [...groups.values()].map(({ actions, resources }): Statement => {
    const service = [...actions][0]?.split(":")[0] ?? "";
    return allow(service, [...actions].sort(), resources.map(arnOf));
  });
  const all = numbered([...grouped, ...FOR_ALL]);
  const part = (name: Part): Policy => ({
    Version: "2012-10-17",
    Statement: all.filter((statement) => partOf(statement) === name),
  });
  return { storage: part("storage"), service: part("service") };
};

const arnOf = (resource: string): string =>
  `arn:aws:${resource.replace("PREFIX", PREFIX).replace("prefix", PREFIX.toLowerCase())}`;

const allow = (sid: string, actions: string[], resources: string[], condition?: Statement["Condition"]): Statement => ({
  Sid: sid.charAt(0).toUpperCase() + sid.slice(1),
  Effect: "Allow",
  Action: actions,
  Resource: resources,
  ...(condition === undefined ? {} : { Condition: condition }),
});

// Each Sid of a policy is another one.
const numbered = (statements: readonly Statement[]): Statement[] =>
  statements.map((statement, place) => {
    const earlier = statements.slice(0, place).filter(({ Sid }) => Sid === statement.Sid).length;
    return earlier === 0 ? statement : { ...statement, Sid: `${statement.Sid}${earlier + 1}` };
  });

/** What each deployment needs beside its resources. */
const FOR_ALL: readonly Statement[] = [
  allow("PassRole", ["iam:PassRole"], [`arn:aws:iam::*:role/${PREFIX}-*`], {
    StringEquals: { "iam:PassedToService": PASSED_TO },
  }),
  // The service stack reads outputs of the data stack.
  allow("ReadOutputs", ["cloudformation:DescribeStacks"], [`arn:aws:cloudformation:*:*:stack/${PREFIX}-Data/*`]),
  allow("Bootstrap", ["ssm:GetParameters"], ["arn:aws:ssm:*:*:parameter/cdk-bootstrap/*"]),
  allow("FunctionCode", ["s3:GetObject"], ["arn:aws:s3:::cdk-*-assets-*"]),
  // API Gateway delivers its access log. These actions have no resource of their own.
  allow(
    "AccessLog",
    [
      ...["CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"],
      ...["PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"],
    ].map((action) => `logs:${action}`),
    ["*"],
  ),
  // API Gateway and Pipes have roles of their own in each account, made with the first API and the first pipe.
  allow("ServiceRoles", ["iam:CreateServiceLinkedRole"], ["arn:aws:iam::*:role/aws-service-role/*"], {
    StringEquals: { "iam:AWSServiceName": ["ops.apigateway.amazonaws.com", "pipes.amazonaws.com"] },
  }),
  allow("RandomPassword", ["secretsmanager:GetRandomPassword"], ["*"]),
  allow("EventSource", ["lambda:CreateEventSourceMapping"], ["*"], {
    ArnLike: { "lambda:FunctionArn": `arn:aws:lambda:*:*:function:${PREFIX}-*` },
  }),
  allow(
    "OwnKey",
    ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
    ["arn:aws:kms:*:*:key/*"],
  ),
  // Lambda looks at the network of a function as who deploys it.
  allow("Subnets", ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"], ["*"]),
];

/** A part for every resource type of the templates, as JSON with one action or resource to a line. */
export const executionPolicyText = (part: Part): string =>
  `${JSON.stringify(executionPolicies(Object.keys(RIGHTS))[part], null, 2)}\n`;
