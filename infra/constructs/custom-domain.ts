import { ApiMapping, DomainName, type MTLSConfig, SecurityPolicy } from "aws-cdk-lib/aws-apigatewayv2";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { ARecord, HostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { ApiGatewayv2DomainProperties } from "aws-cdk-lib/aws-route53-targets";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { DeployConfig } from "../config.ts";
import type { ServerApi } from "./server-api.ts";

export type CustomDomainConfig = NonNullable<DeployConfig["customDomain"]>;

/**
 * A custom domain name for the API, with TLS 1.2 or later. A base path is removed before a function gets the request (payload
 * format 2.0: `rawPath` does not contain the API mapping). With a hosted zone, the DNS record is created, too.
 */
export class CustomDomain extends Construct {
  /** The host name that the DNS record of the domain must point to. */
  readonly target: string;

  constructor(scope: Construct, id: string, props: { config: CustomDomainConfig; api: ServerApi }) {
    super(scope, id);
    const { config, api } = props;
    const domainName = new DomainName(this, "Name", {
      domainName: config.name,
      certificate: Certificate.fromCertificateArn(this, "Certificate", config.certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
      ...(config.mutualTls === undefined ? {} : { mtls: this.#truststore(config.mutualTls) }),
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

  #truststore({ truststoreUri, truststoreVersion: version }: NonNullable<CustomDomainConfig["mutualTls"]>): MTLSConfig {
    const { hostname, pathname } = new URL(truststoreUri);
    const bucket = Bucket.fromBucketName(this, "Truststore", hostname);
    return { bucket, key: pathname.slice(1), ...(version === undefined ? {} : { version }) };
  }

  #addRecord(domainName: DomainName, name: string, zone: { id: string; name: string }): void {
    new ARecord(this, "Record", {
      zone: HostedZone.fromHostedZoneAttributes(this, "Zone", { hostedZoneId: zone.id, zoneName: zone.name }),
      // The trailing dot makes the name absolute: the zone's name is not appended.
      recordName: `${name}.`,
      target: RecordTarget.fromAlias(
        new ApiGatewayv2DomainProperties(domainName.regionalDomainName, domainName.regionalHostedZoneId),
      ),
    });
  }
}

/** The URL of the API under a custom domain, without a slash at its end. */
export const customDomainUrl = (config: CustomDomainConfig): string =>
  [`https://${config.name}`, config.basePath].filter((part) => part !== undefined).join("/");
