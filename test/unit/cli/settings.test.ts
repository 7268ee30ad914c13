import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CliError, EXIT } from "../../../tools/cli/exit.ts";
import { type ProfileFile, profilePath, writeProfiles } from "../../../tools/cli/profile-file.ts";
import { type GlobalOptions, readSettings } from "../../../tools/cli/settings.ts";

let folder: string;
let home: NodeJS.ProcessEnv;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "license-server-cli-"));
  home = { HOME: folder };
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const settings = (flags: GlobalOptions, env: NodeJS.ProcessEnv = {}) =>
  readSettings(flags, { ...home, ...env }, (line) => warnings.push(line));
const keep = (file: ProfileFile) => writeProfiles(profilePath(home), file);
const refusal = (act: () => unknown): CliError => {
  try {
    act();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
};

const PROD = { url: "https://prod.example.com", key: "prod key", token: "prod token" };

describe("which server and what opens it", () => {
  it("is told by flags over environment over profile, each for itself", () => {
    keep({ current: "prod", profiles: { prod: { ...PROD, region: "eu-central-1" } } });
    expect(settings({})).toMatchObject({ url: PROD.url, credentials: { key: PROD.key, token: PROD.token } });
    const env = { LICENSE_SERVER_URL: PROD.url, LICENSE_SERVER_KEY: "env key" };
    expect(settings({}, env)).toMatchObject({
      credentials: { key: "env key", token: undefined },
      region: "eu-central-1",
    });
    expect(settings({ token: "flag token" }, env).credentials).toEqual({ key: undefined, token: "flag token" });
    expect(settings({ url: "http://127.0.0.1:8080/prefix/" }, env).url).toBe("http://127.0.0.1:8080/prefix");
  });

  it("never sends a profile's key to another server than the profile's", () => {
    keep({ current: "prod", profiles: { prod: PROD } });
    const nothing = { key: undefined, token: undefined };
    expect(settings({ url: "https://other.example.com" }).credentials).toEqual(nothing);
    expect(settings({}, { LICENSE_SERVER_URL: "https://other.example.com" }).credentials).toEqual(nothing);
    expect(settings({ stackPrefix: "Other" })).toMatchObject({ url: undefined, credentials: nothing });
    expect(settings({ dataDir: folder })).toMatchObject({ url: undefined, credentials: nothing });
  });

  it("is what the strongest source names, and no part of another server's", () => {
    const env = { LICENSE_SERVER_URL: "https://prod.example.com", LICENSE_SERVER_KEY: "prod key" };
    const nothing = { key: undefined, token: undefined };
    expect(settings({ dataDir: folder }, env)).toMatchObject({ url: undefined, dataDir: folder, credentials: nothing });
    expect(settings({ stackPrefix: "Staging" }, env)).toMatchObject({ url: undefined, credentials: nothing });
    // A data folder's own key is not for whatever server is named beside it.
    const local = { LICENSE_SERVER_DATA_DIR: folder };
    expect(settings({ url: "https://other.example.com" }, local)).toMatchObject({ dataDir: undefined });
    // A URL that is mistyped would be sent production's key.
    expect(settings({ url: "https://prod.example.org" }, env)).toMatchObject({ credentials: nothing });
    expect(settings({ url: `${PROD.url}/` }, env).credentials.key).toBe("prod key");
    // A key that stands by itself is for whichever server is meant.
    expect(settings({ url: "https://other.example.com" }, { LICENSE_SERVER_KEY: "key" }).credentials.key).toBe("key");
    expect(settings({ dataDir: folder }, { LICENSE_SERVER_KEY: "key" }).credentials.key).toBe("key");
    expect(settings({ url: PROD.url, dataDir: folder }, env)).toMatchObject({ url: PROD.url, dataDir: folder });
  });

  it("says which credentials it left out, because they are for another server", () => {
    keep({ current: "prod", profiles: { prod: PROD } });
    const env = { LICENSE_SERVER_URL: "https://other.example.com", LICENSE_SERVER_KEY: "key" };
    expect(settings({ url: "https://third.example.com" }, env).ignored).toEqual([
      "LICENSE_SERVER_KEY (it is for LICENSE_SERVER_URL)",
      "the credentials of the profile prod",
    ]);
    expect(settings({}, env).ignored).toEqual(["the credentials of the profile prod"]);
    expect(settings({ url: "https://third.example.com" }, { LICENSE_SERVER_KEY: "key" }).ignored).toEqual([
      "the credentials of the profile prod",
    ]);
    expect(settings({}).ignored).toEqual([]);
  });

  it("is the profile that an option names, over what is in the environment", () => {
    keep({ profiles: { test: { url: "https://test.example.com" }, prod: PROD } });
    const env = { LICENSE_SERVER_URL: "https://other.example.com", LICENSE_SERVER_KEY: "other key" };
    expect(settings({ profile: "test" }, env)).toMatchObject({
      url: "https://test.example.com",
      credentials: { key: undefined },
    });
    expect(settings({ profile: "prod" }, env)).toMatchObject({ url: PROD.url, credentials: { key: PROD.key } });
    expect(settings({}, { ...env, LICENSE_SERVER_PROFILE: "test" }).url).toBe("https://other.example.com");
    expect(settings({ profile: "test" }, { LICENSE_SERVER_KEY: "key" }).credentials.key).toBe("key");
  });

  it("is no key or token that a header cannot carry, and none of it is quoted", () => {
    const file = join(folder, "two");
    writeFileSync(file, "sec\nret\n");
    const { lines } = refusal(() => settings({ keyFile: file, token: "s\u2013" }, {}));
    expect(lines).toEqual([
      "--key-file: contains characters that no license key has, such as a line break.",
      "--token: contains characters that no access token has, such as a line break.",
    ]);
  });

  it("is the profile that is named, over the one in use; a name that is none is refused", () => {
    keep({ current: "prod", profiles: { prod: PROD, test: { url: "https://test.example.com" } } });
    expect(settings({}, { LICENSE_SERVER_PROFILE: "test" }).url).toBe("https://test.example.com");
    expect(settings({ profile: "prod" }, { LICENSE_SERVER_PROFILE: "test" }).url).toBe(PROD.url);
    expect(refusal(() => settings({ profile: "toString" }))).toMatchObject({ exit: EXIT.usage });
  });

  it("takes a variable that is set and empty for one that is not set", () => {
    expect(settings({}, { LICENSE_SERVER_URL: "", LICENSE_SERVER_KEY: "" })).toMatchObject({
      url: undefined,
      credentials: { key: undefined },
    });
  });

  it("reads a key from a file, without the line's end", () => {
    const file = join(folder, "key");
    writeFileSync(file, " secret\n");
    expect(settings({ keyFile: file }).credentials.key).toBe("secret");
  });

  it("names everything that is wrong at once, and quotes no secret", () => {
    const empty = join(folder, "empty");
    writeFileSync(empty, "\n");
    const { lines, exit } = refusal(() =>
      settings({
        url: "https://me:secret@example.com",
        keyFile: empty,
        tokenFile: join(folder, "none"),
        output: "xml",
        profile: "none",
      }),
    );
    expect(exit).toBe(EXIT.usage);
    expect(lines).toEqual([
      `--key-file: ${empty} is empty.`,
      `--token-file: ${join(folder, "none")} cannot be read: ENOENT`,
      "No saved server is called none. See `license-server server ls`.",
      expect.stringContaining("The URL must look like"),
      "--output must be one of table, json, yaml.",
    ]);
    expect(lines.join("\n")).not.toContain("secret");
  });
});

describe("the profile file", () => {
  it("lies where XDG says, or in ~/.config", () => {
    expect(profilePath({ HOME: "/home/ana" })).toBe("/home/ana/.config/license-server/config.json");
    expect(profilePath({ HOME: "/home/ana", XDG_CONFIG_HOME: "/cfg" })).toBe("/cfg/license-server/config.json");
    expect(profilePath({ HOME: "/home/ana", XDG_CONFIG_HOME: "cfg" })).toBe(
      "/home/ana/.config/license-server/config.json",
    );
  });

  it("is written for its owner alone, and warned of where others may read it", () => {
    keep({ current: "prod", profiles: { prod: PROD } });
    const path = profilePath(home);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    settings({});
    expect(warnings).toEqual([]);
    rmSync(path);
    writeFileSync(path, JSON.stringify({ profiles: { prod: PROD } }), { mode: 0o644 });
    settings({});
    expect(warnings).toEqual([`${path} may contain a key, and others can read it. Run: chmod 600 ${path}`]);
  });

  it.each([
    ["not JSON"],
    ['{"profiles": {"prod": {"key": 1, "url": ""}}}'],
    ['{"profiles": 1}'],
    ['{"profiles": {"prod": {"tocken": "x"}}}'],
  ])("is refused where it is damaged, and nothing of it is quoted: %s", (text) => {
    const path = profilePath(home);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    const { lines, exit } = refusal(() => settings({}));
    expect(exit).toBe(EXIT.usage);
    expect(lines[0]).toBe(`${path} is damaged.`);
    expect(lines.length).toBeGreaterThan(1);
    if (text === "not JSON") expect(lines[1]).toBe("  the file: is not JSON");
  });
});
