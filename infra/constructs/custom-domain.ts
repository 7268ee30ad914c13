import { ApiMapping, DomainName, SecurityPolicy } from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { ARecord, HostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { ApiGatewayv2DomainProperties } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import type { DeployConfig } from "../config.ts";
import type { ServerApi } from "./server-api.ts";

export type CustomDomainConfig = NonNullable<DeployConfig["customDomain"]>;

/**
 * A name of one's own in front of the API, TLS 1.2 or later. A base path is stripped before a function sees the request
 * (payload format 2.0: `rawPath` holds no API mapping). With a hosted zone its DNS record is made, too.
 */
export class CustomDomain extends Construct {
  /** What the DNS record of the domain has to point to. */
  readonly target: string;

  constructor(scope: Construct, id: string, props: { config: CustomDomainConfig; api: ServerApi }) {
    super(scope, id);
    const { config, api } = props;
    const domainName = new DomainName(this, "Name", {
      domainName: config.name,
      certificate: Certificate.fromCertificateArn(this, "Certificate", config.certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new ApiMapping(this, "Mapping", {
      api: api.api,
      stage: api.stage,
      domainName,
      ...(config.basePath === undefined ? {} : { apiMappingKey: config.basePath }),
    });
    this.target = domainName.regionalDomainName;
    if (config.hostedZone !== undefined) this.#addRecord(domainName, config.name, config.hostedZone);
  }

  #addRecord(domainName: DomainName, name: string, zone: { id: string; name: string }): void {
    new ARecord(this, "Record", {
      zone: HostedZone.fromHostedZoneAttributes(this, "Zone", { hostedZoneId: zone.id, zoneName: zone.name }),
      // With its trailing dot the name is taken as it stands, not put below the zone's.
      recordName: `${name}.`,
      target: RecordTarget.fromAlias(
        new ApiGatewayv2DomainProperties(domainName.regionalDomainName, domainName.regionalHostedZoneId),
      ),
    });
  }
}

/** The URL under which a custom domain serves the API, without a slash at its end. */
export const customDomainUrl = (config: CustomDomainConfig): string =>
  [`https://${config.name}`, config.basePath].filter((part) => part !== undefined).join("/");
