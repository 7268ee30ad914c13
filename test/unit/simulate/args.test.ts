import { describe, expect, it } from "vitest";
import { type Arguments, HELP, readArguments } from "../../../tools/simulate/args.ts";

const read = (line: string, env: NodeJS.ProcessEnv = {}): Arguments =>
  readArguments(
    line.split(" ").filter((word) => word !== ""),
    env,
    () => "fresh",
  );

const simulationOf = (line: string, env?: NodeJS.ProcessEnv) => {
  const result = read(line, env);
  if (result.kind !== "run") throw new Error(JSON.stringify(result));
  return result.simulation;
};

describe("the arguments", () => {
  it("default to a week of three operators and forty users, told as past", () => {
    expect(simulationOf("--url http://127.0.0.1:8080 --key k")).toMatchObject({
      users: 40,
      operators: 3,
      ciRunners: 4,
      days: 7,
      liveSeconds: 0,
      seed: "fresh",
      chaos: 0,
      selfCheck: "none",
    });
  });

  it("take the key from the environment", () => {
    expect(simulationOf("--url http://h", { LICENSE_KEY: "k" }).licenseKey).toBe("k");
  });

  it("read a live play's duration with its unit", () => {
    expect(simulationOf("--url http://h --key k --live --duration 15m --speed 2.5")).toMatchObject({
      days: 0,
      liveSeconds: 900,
      speed: 2.5,
    });
  });

  it("are all told of at once when they are bad", () => {
    const result = read(
      "stray --user 4 --users x --days 0 --chaos 2 --live=yes --duration 5 --credential cookie --truth",
    );
    if (result.kind !== "bad") throw new Error(result.kind);
    expect(result.faults).toEqual([
      '"stray" is not an option',
      "--user is not an option",
      "--live takes no value",
      "--truth needs a value",
      "--users must be a whole number, 1 to 5000",
      "--key is required, or the environment variable LICENSE_KEY",
      "--duration needs --live",
      "--url is required",
      "--days must be a whole number, 1 to 1800",
      "--chaos must be a number, 0 to 1",
      "--credential must be key or lease",
    ]);
  });

  it("never echo a key", () => {
    expect(JSON.stringify(read("--key secret-key --url ftp://h"))).not.toContain("secret-key");
  });

  it("are each explained by the help", () => {
    expect(read("--help")).toEqual({ kind: "help" });
    for (const option of ["url", "key", "users", "days", "live-seconds", "duration", "chaos", "truth", "baseline"]) {
      expect(HELP).toContain(`--${option}`);
    }
  });
});
