import { execFileSync } from "node:child_process";
import type { BundledPackage } from "./bundled.ts";
import type { Lock } from "./lock.ts";

type Component = { name: string; version: string; hashes?: { alg: string; content: string }[] };

/** The checked fields of a CycloneDX document (CycloneDX 1.5, "components"). */
export type Sbom = { bomFormat: string; components: Component[] };

/** The software bill of materials of the whole project with its tools, made by npm from the installed packages. */
export const makeSbom = (): Sbom =>
  JSON.parse(
    execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application"], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as Sbom;

/**
 * The document with the hash of every deployed package. If another package bundles the same version, npm lists both as one, and
 * may choose the one without a hash.
 */
export const withHashes = (sbom: Sbom, packages: readonly BundledPackage[], lock: Lock): Sbom => ({
  ...sbom,
  components: sbom.components.map((component) => {
    const deployed = packages.find((one) => isOf(component, one));
    const integrity = deployed && lock.packages[deployed.path]?.integrity;
    if (integrity === undefined || component.hashes !== undefined) return component;
    const content = Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex");
    return { ...component, hashes: [{ alg: "SHA-512", content }] };
  }),
});

/** Deployed packages that the document lacks, or lists without a hash. */
export const sbomFaults = ({ bomFormat, components }: Sbom, packages: readonly BundledPackage[]): string[] => {
  if (bomFormat !== "CycloneDX") return [`is not a CycloneDX document but ${bomFormat}`];
  return packages.flatMap((one) => {
    const found = components.find((component) => isOf(component, one));
    if (found === undefined) return [`lacks ${one.name} ${one.version}`];
    return found.hashes?.some(({ alg }) => alg === "SHA-512") ? [] : [`has no hash of ${one.name} ${one.version}`];
  });
};

const isOf = (component: Component, { name, version }: BundledPackage): boolean =>
  component.name === name && component.version === version;
