import { CfnOutput, CfnResource, type Stack } from "aws-cdk-lib";

/**
 * Publishes what the service stack of releases before 0.3 reads, under the names that the CDK made for it. The data stack is
 * deployed first: if the upgrade of the service stack then fails, its rollback still finds these outputs. So does a rollback to
 * such a release. Resources that the configuration replaces by existing ones are left out, as those releases did.
 */
export const publishForEarlierReleases = (stack: Stack): void => {
  const made = new Map(
    stack.node
      .findAll()
      .filter((construct) => CfnResource.isCfnResource(construct))
      .map((resource) => [String(stack.resolve(resource.logicalId)), resource]),
  );
  for (const [name, id, attribute] of EARLIER) {
    const resource = made.get(id);
    if (resource === undefined) continue;
    new CfnOutput(stack, name, {
      value: attribute === undefined ? resource.ref : resource.getAtt(attribute).toString(),
      description: "Read by the service stack of releases before 0.3",
    });
  }
};

const EARLIER: readonly [output: string, resource: string, attribute?: string][] = [
  ["PublishOutputRefTable7ABB320E979CBFB6", "Table7ABB320E"],
  ["PublishOutputFnGetAttTable7ABB320EArn8F3F241D", "Table7ABB320E", "Arn"],
  ["PublishOutputFnGetAttTable7ABB320EStreamArn86B0679A", "Table7ABB320E", "StreamArn"],
  ["PublishOutputRefLicenseEmpty67CCF0F3B914146B", "LicenseEmpty67CCF0F3"],
  ["PublishOutputRefLicenseKeyGenerated4C89AAD5EFC4466B", "LicenseKeyGenerated4C89AAD5"],
  ["PublishOutputRefLeaseSigningGeneratedD01823E4442CF779", "LeaseSigningGeneratedD01823E4"],
  ["PublishOutputRefAccessSigningGeneratedCE88D65F29E44393", "AccessSigningGeneratedCE88D65F"],
  ["PublishOutputRefReports76CC4739526C5018", "Reports76CC4739"],
  ["PublishOutputFnGetAttReports76CC4739Arn1A23F887", "Reports76CC4739", "Arn"],
  ["PublishOutputFnGetAttReports76CC4739RegionalDomainName64977887", "Reports76CC4739", "RegionalDomainName"],
  ["PublishOutputRefNotificationsCE9D1424634BD2EE", "NotificationsCE9D1424"],
  ["PublishOutputRefEvents948F067E100A6C7B", "Events948F067E"],
  ["PublishOutputFnGetAttEvents948F067EArn92E1A454", "Events948F067E", "Arn"],
];
