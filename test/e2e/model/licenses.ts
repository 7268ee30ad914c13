import { DAY_MS } from "../../../shared/contract/time.ts";
import { type LicenseFile, readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";

/** When every history begins: some weeks before its period ends, in one that began on the 5th. */
export const START = Date.parse("2026-11-10T12:00:00Z");
const FAR = START + 360 * DAY_MS;

/** What the vendor may have sold, beside one another: swapping them is what happens to a server. */
const KINDS = {
  two: { terms: { max_seats: 2 } },
  /** The same subscription, renewed with fewer seats; issued on another day, which must not move the period. */
  one: { terms: { max_seats: 1 }, notBefore: START - 3 * DAY_MS },
  three: { terms: { max_seats: 3 }, notBefore: START - 2 * DAY_MS },
  overage: { terms: { max_seats: 1, type: "enterprise" } },
  unlimited: { terms: { max_seats: null } },
  "another subscription": { terms: { max_seats: 2, subscription_id: "another" } },
  "kubernetes users": { terms: { max_seats: 2, seat_tracking_mode: "KubernetesUser" } },
  expired: { terms: { max_seats: 2 }, notAfter: START - 1_000 },
  "expires in three hours": { terms: { max_seats: 2 }, notAfter: START + 3 * 3_600_000 },
} as const satisfies Record<string, { terms: Record<string, unknown>; notBefore?: number; notAfter?: number }>;

export type LicenseKind = keyof typeof KINDS;

export const LICENSE_KINDS = Object.keys(KINDS) as LicenseKind[];

export type Licenses = Readonly<Record<LicenseKind, LicenseFile>>;

/** Mints one of each kind. */
export const mintLicenses = async (): Promise<Licenses> =>
  Object.fromEntries(
    await Promise.all(LICENSE_KINDS.map(async (kind) => [kind, await mint(kind)] as const)),
  ) as Licenses;

const mint = async (kind: LicenseKind): Promise<LicenseFile> => {
  const made: { terms: Record<string, unknown>; notBefore?: number; notAfter?: number } = KINDS[kind];
  const { pem } = await mintLicense({
    organization: "Acme",
    terms: mintTerms({ subscription_id: "acme", ...made.terms }),
    notBefore: made.notBefore ?? START - 5 * DAY_MS,
    notAfter: made.notAfter ?? FAR,
    serialNumber: "01",
  });
  const reading = readLicenseFile(pem);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.license;
};
