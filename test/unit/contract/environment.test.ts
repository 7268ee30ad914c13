import { afterEach, describe, expect, it, vi } from "vitest";
import { FUNCTIONS } from "../../../shared/contract/functions.ts";
import { parseEnv } from "../../../shared/contract/parse-env.ts";

const ENVIRONMENT = {
  TABLE_NAME: "table",
  LICENSE_PATH: "license.pem",
  LICENSE_KEY: "key",
  LEASE_SIGNING_PATH: "lease.json",
  ACCESS_SIGNING_PATH: "access.json",
};

afterEach(() => vi.restoreAllMocks());

describe("the environment", () => {
  it("is read without the database of time zones where none is named: a cold start has no time for it", () => {
    const format = vi.spyOn(Intl, "DateTimeFormat");
    expect(parseEnv(ENVIRONMENT, FUNCTIONS.heartbeat).REPORT_TIME_ZONE).toBe("UTC");
    expect(format).not.toHaveBeenCalled();
  });

  it.each(["Europe/Berlin", "UTC"])("takes the time zone %s", (zone) => {
    expect(parseEnv({ ...ENVIRONMENT, REPORT_TIME_ZONE: zone }, FUNCTIONS.heartbeat).REPORT_TIME_ZONE).toBe(zone);
  });

  it.each(["Europe/Atlantis", "+02:00"])("refuses the time zone %s, as it is none", (zone) => {
    const read = () => parseEnv({ ...ENVIRONMENT, REPORT_TIME_ZONE: zone }, FUNCTIONS.heartbeat);
    expect(read).toThrow("REPORT_TIME_ZONE must be an IANA time zone");
  });
});
