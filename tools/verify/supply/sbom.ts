import { execFileSync } from "node:child_process";
import type { BundledPackage } from "./bundled.ts";

/** What of a CycloneDX document is looked at (CycloneDX 1.5, "components"). */
export type Sbom = {
  bomFormat: string;
  components: { name: string; version: string; hashes?: { alg: string; content: string }[] }[];
};

/** The software bill of materials of the whole project, tools included, as npm makes it from what is installed. */
export const makeSbom = (): string =>
  execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application"], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
  });

/** Which deployed packages the document lacks, or has without a hash of what they were. */
export const sbomFaults = ({ bomFormat, components }: Sbom, packages: readonly BundledPackage[]): string[] => {
  if (bomFormat !== "CycloneDX") return [`is no CycloneDX document but ${bomFormat}`];
  return packages.flatMap(({ name, version }) => {
    // Another package may carry the same one inside itself, whose hash is then the carrier's.
    const found = components.filter((component) => component.name === name && component.version === version);
    if (found.length === 0) return [`lacks ${name} ${version}`];
    const hashed = found.some(({ hashes = [] }) => hashes.some(({ alg }) => alg === "SHA-512"));
    return hashed ? [] : [`has no hash of ${name} ${version}`];
  });
};
