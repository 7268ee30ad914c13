import type { Check } from "../doctor/check.ts";
import type { Look } from "./look.ts";

type Endpoint = { VpcEndpointId: string; VpcId: string; ServiceName: string; State: string };

/** What the private API needs outside of the stacks: its endpoints, one for S3, and a role for its access log. */
export const networkChecks: Look = async ({ network }, ask) => {
  if (network.mode === "public") return [];
  const { VpcEndpoints: all } = (await ask("ec2", "describe-vpc-endpoints")) as { VpcEndpoints: Endpoint[] };
  const own = all.filter(({ VpcEndpointId }) => network.vpcEndpointIds.includes(VpcEndpointId));
  const { cloudwatchRoleArn: role } = (await ask("apigateway", "get-account")) as { cloudwatchRoleArn?: string };
  return [
    ...network.vpcEndpointIds.map((id) => endpointCheck(id, own)),
    ...[...new Set(own.map(({ VpcId }) => VpcId))].map((vpc) => bucketCheck(vpc, all)),
    ...(network.accessLogs ? [roleCheck(role)] : []),
  ];
};

const endpointCheck = (id: string, own: readonly Endpoint[]): Check => {
  const name = "endpoint";
  const found = own.find(({ VpcEndpointId }) => VpcEndpointId === id);
  if (found === undefined)
    return {
      name,
      result: "warn",
      found: `${id} is not in this account and region`,
      advice: "That is right for an endpoint of another account. Otherwise correct network.vpcEndpointIds.",
    };
  if (!found.ServiceName.endsWith(".execute-api"))
    return { name, result: "fail", found: `${id} is for ${found.ServiceName}`, advice: "Use one for execute-api." };
  if (found.State.toLowerCase() !== "available")
    return { name, result: "fail", found: `${id} is ${found.State}`, advice: "Wait until it is available." };
  return { name, result: "ok", found: `${id} in ${found.VpcId}` };
};

const bucketCheck = (vpc: string, all: readonly Endpoint[]): Check => {
  const name = "s3";
  return all.some(({ VpcId, ServiceName }) => VpcId === vpc && ServiceName.endsWith(".s3"))
    ? { name, result: "ok", found: `${vpc} has an endpoint` }
    : {
        name,
        result: "warn",
        found: `${vpc} has no endpoint`,
        advice: "Reports above 4.5 MB are links to S3. Create a gateway endpoint, unless the VPC reaches the internet.",
      };
};

const roleCheck = (role: string | undefined): Check =>
  role === undefined || role === ""
    ? {
        name: "log role",
        result: "fail",
        found: "API Gateway has no role for logs",
        advice: "Set one (aws apigateway update-account), or leave network.accessLogs off.",
      }
    : { name: "log role", result: "ok", found: role };
