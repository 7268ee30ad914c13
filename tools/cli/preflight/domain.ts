import type { Look } from "./look.ts";

type Record = { Name: string; Type: string; AliasTarget?: { DNSName: string } };

/** The host names of API Gateway, to which the record of a deployment leads. */
const OF_API_GATEWAY = /\.execute-api\.[a-z0-9-]+\.amazonaws\.(com|com\.cn|eu)\.?$/;

/** Whether the record that the deployment makes for the custom domain is there already. */
export const domainCheck: Look = async ({ customDomain }, ask) => {
  if (customDomain?.hostedZone === undefined) return [];
  const { name, hostedZone } = customDomain;
  const from = ["--hosted-zone-id", hostedZone.id, "--start-record-name", name, "--max-items", "10"];
  const { ResourceRecordSets: records } = (await ask("route53", "list-resource-record-sets", ...from)) as {
    ResourceRecordSets: Record[];
  };
  const taken = records.find((record) => record.Name === `${name}.` && ["A", "AAAA", "CNAME"].includes(record.Type));
  if (taken === undefined) return [{ name: "dns", result: "ok", found: `no record of ${name} yet` }];
  if (OF_API_GATEWAY.test(taken.AliasTarget?.DNSName ?? ""))
    return [{ name: "dns", result: "ok", found: `${name} leads to an API already` }];
  return [
    {
      name: "dns",
      result: "fail",
      found: `${name} has a record of type ${taken.Type}`,
      advice: "Delete it, or leave out customDomain.hostedZone and change the record yourself.",
    },
  ];
};
