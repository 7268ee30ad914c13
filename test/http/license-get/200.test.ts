import { createHash, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = serverPerTest();
const NOT_BEFORE = START - 5 * DAY_MS;
const NOT_AFTER = START + 360 * DAY_MS;

const get = (accept?: string) =>
  leavingNoTrace(server(), () =>
    server().call("GET", "/api/v1/license", accept === undefined ? {} : { headers: { accept } }),
  );
const getJson = async () => expectSuccess("licenseGet", await get());

describe("the license as JSON", () => {
  it("states the file's terms, its fingerprint and the server's time", async () => {
    const terms = {
      type: "enterprise",
      max_seats: 25,
      subscription_id: "sub_1",
      organization_id: "org_1",
      trial: true,
    };
    const pem = await server().setLicense(terms);
    const der = new X509Certificate(pem).raw;
    expect(await getJson()).toEqual({
      license: {
        pem,
        fingerprint: createHash("sha256").update(der).digest("base64").replace(/=+$/, ""),
        name: "Acme`s Enterprise License",
        organization: "Acme",
        expire_at: formatTime(NOT_AFTER),
        valid_seconds: (NOT_AFTER - START) / SECOND_MS,
        status: "valid",
        ...terms,
        seat_tracking_mode: "ClientCertificate",
      },
      server_time: formatTime(START),
    });
  });

  it("states the terms of its edition, and none of a plain license", async () => {
    const terms = { modules: ["governance"], max_operators: 3, max_requests_per_second: null };
    await server().setLicense({ edition: "community", ...terms });
    expect((await getJson()).license).toMatchObject({ edition: "community", ...terms });
    server().clock.now += MINUTE_MS;
    await server().setLicense(terms);
    const names = Object.keys((await getJson()).license);
    expect(names.filter((name) => name === "edition" || name in terms)).toEqual([]);
  });

  it("says null where the file does: unlimited seats, no subscription, no organization", async () => {
    await server().setLicense({ max_seats: null });
    expect((await getJson()).license).toMatchObject({ max_seats: null, subscription_id: null, organization_id: null });
  });

  it("is what is given where another type is asked for", async () => {
    for (const accept of [
      "application/json",
      "*/*",
      "text/html",
      "",
      "application/x-pem-file; q=0, application/json",
      "application/json, application/x-pem-file;q=0.1",
    ])
      expectSuccess("licenseGet", await get(accept));
  });
});

describe("the status of a license", () => {
  it.each([
    ["valid", "more than 30 days before its end", NOT_AFTER - 30 * DAY_MS - 1],
    ["expiring", "30 days before its end", NOT_AFTER - 30 * DAY_MS],
    ["expiring", "to the last moment", NOT_AFTER - 1],
    ["expired", "at its end", NOT_AFTER],
    ["expired", "a year later", NOT_AFTER + 365 * DAY_MS],
    ["not_yet_valid", "before its beginning", NOT_BEFORE - 1],
    ["valid", "at its beginning", NOT_BEFORE],
  ])("is %s %s, and it is served all the same", async (status, _when, now) => {
    server().clock.now = now;
    const { license } = await getJson();
    expect(license.status).toBe(status);
    expect(license.valid_seconds).toBe(Math.max(0, Math.floor((NOT_AFTER - now) / SECOND_MS)));
    expect((await get("application/x-pem-file")).text).toBe(license.pem);
  });
});

describe("the license as PEM", () => {
  const mint = (changes: object) =>
    mintLicense({
      organization: "Acmé",
      terms: mintTerms(),
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
      serialNumber: "0a",
      ...changes,
    });

  const FILES: [string, () => Promise<string>][] = [
    ["one block", async () => (await mint({})).pem],
    ["a chain", async () => (await mint({ withChain: true })).pem],
    ["a private key in front", async () => (await mint({ withPrivateKey: true, withChain: true })).pem],
    ["no line break at its end", async () => (await mint({ withChain: true })).pem.trimEnd()],
    ["Windows line breaks", async () => (await mint({})).pem.replaceAll("\n", "\r\n")],
    ["text around its blocks", async () => `Büro Ünïcode\n\n${(await mint({})).pem}\n\t trailing  \n\n`],
  ];

  it.each(FILES)("is the file byte for byte: %s", async (_what, file) => {
    const pem = await file();
    await server().setLicenseText(pem);
    const answer = await get("application/x-pem-file");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/x-pem-file");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.bytes.equals(Buffer.from(pem, "utf8"))).toBe(true);
    expect((await getJson()).license.pem).toBe(pem);
  });

  it.each(["application/x-pem-file", "Application/X-PEM-File", "text/html, application/x-pem-file;q=0.9, */*;q=0.1"])(
    "is given for Accept: %s",
    async (accept) => {
      expect((await get(accept)).headers["content-type"]).toBe("application/x-pem-file");
    },
  );
});

describe("another license put in place", () => {
  it("is served within 60 seconds, with no restart", async () => {
    const before = await getJson();
    const pem = await server().setLicense({ max_seats: 77 });
    server().clock.now += 60 * SECOND_MS;
    const after = await getJson();
    expect(after.license).toMatchObject({ pem, max_seats: 77 });
    expect(after.license.fingerprint).not.toBe(before.license.fingerprint);
  });

  it("is logged with its terms", async () => {
    await getJson();
    await server().setLicense({ max_seats: 77, subscription_id: "sub_7" });
    server().clock.now += 60 * SECOND_MS;
    const { license } = await getJson();
    expect(server().logs).toContainEqual(
      expect.objectContaining({
        message: "license loaded",
        fingerprint: license.fingerprint,
        maxSeats: 77,
        subscriptionId: "sub_7",
      }),
    );
  });

  it("ends an outage: a license put where none was is served within 60 seconds", async () => {
    await server().setLicenseText(undefined);
    expect((await get()).status).toBe(503);
    await server().setLicense({});
    server().clock.now += 60 * SECOND_MS;
    await getJson();
  });
});
