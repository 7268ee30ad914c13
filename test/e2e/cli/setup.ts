import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { COMPILED } from "../../support/run-shared.ts";
import type { World } from "./world.ts";

const BIN = resolve(import.meta.dirname, "../../../tools/cli/license-server.mjs");
const NOTHING = { LICENSE_SERVER_URL: "", LICENSE_SERVER_KEY: "" };

/** What comes before: profiles, license files, completion. */
export const settingUp = (world: World): void => {
  describe("a saved server", () => {
    it("is kept, used where none is named, listed without its key, and forgotten", async () => {
      const keyFile = join(world.folder, "key");
      writeFileSync(keyFile, `${world.server.licenseKey}\n`, { mode: 0o600 });
      await world.plays(
        `
      $ license-server seat ls
      ! license-server: No server specified. Use --url, --stack-prefix, --data-dir or --profile.
      !   A local server is found automatically in the folder in which \`npm start\` runs.
      [exit 2]

      $ license-server configure
      ! license-server: No server specified. Use --url, --stack-prefix or --data-dir.
      [exit 2]

      $ license-server configure prod --url ${world.server.url} --key-file key
      Server prod is saved in ${world.folder}/.config/license-server/config.json.

      $ license-server server ls
         NAME  SERVER  KEY  TOKEN
      *  prod  <url>  yes  no

      $ license-server session ls --user ben
      SESSION ID  TARGET  NAMESPACE  USER  PORTS  SESSION DURATION  CLUSTER  KIND
      s-2  deployment/checkout  cart  ben/ben@example.com@ben-laptop  -  1h 30m (stopping)  staging  user

      $ license-server seat ls --profile test
      ! license-server: No saved server is called test. See \`license-server server ls\`.
      [exit 2]
    `
          .replaceAll(world.server.url, "<url>")
          .replace("--url <url>", `--url ${world.server.url}`),
        NOTHING,
      );
      const path = join(world.folder, ".config/license-server/config.json");
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readFileSync(path, "utf8")).toContain(world.server.licenseKey);
      chmodSync(path, 0o644);
      await world.plays(
        `
      $ license-server server rm prod --yes
      Server prod is removed.
      ! license-server: warning: ${path} may contain a key, and others can read it. Run: chmod 600 ${path}
    `,
        NOTHING,
      );
    });
  });

  describe("a license file", () => {
    it("is verified without any server, and locally put by whoever starts the server", () =>
      world.plays(
        `
      $ license-server license verify data/demo-license.pem
      fingerprint  <hash>
      name  Demo\`s Teams License
      organization  Demo
      issued at  <rfc3339>
      expire at  <rfc3339>
      status  valid
      type  teams
      trial  no
      max seats  10
      seat tracking mode  ClientCertificate
      subscription id  demo
      organization id  -
      min operator version  -
      signature  not verified

      $ license-server license verify key
      ! license-server: key is not a usable license: there is no CERTIFICATE block
      [exit 1]

      $ license-server license verify data/demo-license.pem --trust-anchor data/demo-license.pem
      ! license-server: --trust-anchor: data/demo-license.pem must be certificates of authorities (CA:TRUE)
      [exit 2]

      $ license-server license put data/demo-license.pem --data-dir data
      ! license-server: The file is valid, but a local server reads its license from its environment:
      !   LICENSE_PATH=${world.folder}/data/demo-license.pem npm start
      !   If the server already uses a file, replace that file. It is read again within 60 seconds.
      [exit 1]
    `,
        NOTHING,
      ));

    it("that is not in force is shown, and fails", async () => {
      const now = Date.now();
      const terms = mintTerms({ type: "teams", max_seats: 1, subscription_id: "old" });
      const validity = { notBefore: now - 2 * DAY_MS, notAfter: now - DAY_MS };
      const { pem } = await mintLicense({ organization: "Demo", terms, ...validity, serialNumber: "01" });
      writeFileSync(join(world.folder, "expired.pem"), pem, { mode: 0o600 });
      const { code, stdout, stderr } = await world.run(["license", "verify", "expired.pem"], { env: NOTHING });
      expect({ code, stderr }).toEqual({ code: 1, stderr: "license-server: This license is expired.\n" });
      expect(stdout).toMatch(/^subscription id +old$/m);
    });
  });

  describe("completion", () => {
    it("offers in bash what may come next, a scope after a comma included, though bash splits words at colons", async () => {
      const bin = join(world.folder, "bin");
      mkdirSync(bin);
      symlinkSync(BIN, join(bin, "license-server"));
      const lines = [
        "license-server sess",
        "license-server session k",
        "license-server seat ls --output ",
        "license-server token create --scopes seats:read,sessions:d",
      ];
      const script = `
      set -eu
      source <(license-server completion bash)
      complete -p license-server > /dev/null
      for line in "$@"; do
        COMP_LINE="$line" COMP_POINT=\${#line} COMP_WORDS=(license-server) COMPREPLY=()
        _license_server
        echo "\${COMPREPLY[*]}"
      done`;
      // The folder of this Node comes first, so that the binary's first line finds it.
      const env = {
        ...process.env,
        ...COMPILED,
        PATH: `${bin}:${resolve(process.execPath, "..")}:${process.env["PATH"]}`,
      };
      const { stdout } = await promisify(execFile)("bash", ["-c", script, "bash", ...lines], { env });
      expect(stdout.trim().split("\n")).toEqual([
        "session",
        "kill kill-all",
        "table json yaml",
        "delete deletecollection",
      ]);
    });
  });
};
