import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { World } from "./world.ts";

/** What an admin sees of a server: the state, and the reports. */
export const seeing = (world: World): void => {
  describe("what an admin sees", () => {
    it("is everything at a glance, and each part by itself", () =>
      world.plays(`
      $ license-server status
      license:  valid, Demo\`s Teams License (teams, 10 seats) until <day>
      seats:  2 of 10 seats used, one seat per machine, <day> to <day>
      operators: 1 active

      sessions:  3 live

      SESSION ID  TARGET  NAMESPACE  USER  PORTS  SESSION DURATION
      s-1  deployment/checkout  shop  ana/ana@example.com@ana-laptop  80 (steal)  1h 30m
      s-2  deployment/checkout  cart  ben/ben@example.com@ben-laptop  -  1h 30m
      s-3  deployment/checkout  shop  runner/runner@example.com@runner-laptop  -  1h 30m

      $ license-server session ls --namespace cart
      SESSION ID  TARGET  NAMESPACE  USER  PORTS  SESSION DURATION  CLUSTER  KIND
      s-2  deployment/checkout  cart  ben/ben@example.com@ben-laptop  -  1h 30m  staging  user

      $ license-server session ls --cluster nowhere
      No matching sessions.

      $ license-server seat ls
      2 of 10 seats used, one seat per machine, <day> to <day>
      SEAT ID  KUBERNETES USER  MACHINE  CLAIMED  LAST SEEN  LIVE  OVERAGE
      <hash>  ana@example.com  ana@ana-laptop  <n>s ago  <n>s ago  1  no
      <hash>  ben@example.com  ben@ben-laptop  <n>s ago  <n>s ago  1  no

      $ license-server operator ls
      INSTANCE  KIND  CLUSTER  VERSION  STATE  LAST HEARTBEAT  LEASE  LIVE SESSIONS
      op-1  operator  staging  3.130.0  active  <n>s ago  active  3

      $ license-server doctor
      ok  address  <url>
      ok  tls  not needed: the server is on this machine
      ok  reach  answers in <n> ms
      ok  credential  accepted
      ok  clock  agrees with the server's
      ok  license  valid: Demo\`s Teams License, until <day>, 364 days left
      ok  table  answers; 2 of 10 seats used
      ok  operators  1 active
    `));

    it("is the wire's own shape where that is asked for, without the license file and without colours", async () => {
      const [list, show, pem] = await Promise.all([
        world.runApart(["session", "ls", "-o", "json"]),
        world.runBinary(["license", "show", "-o", "yaml"], { env: { FORCE_COLOR: "1" } }),
        world.runApart(["license", "show", "--pem"]),
      ]);
      const wire = (await (await world.call("GET", "/api/v1/sessions")).json()) as { sessions: { id: string }[] };
      const ids = (text: string) => (JSON.parse(text) as typeof wire).sessions.map(({ id }) => id);
      expect(ids(list.stdout)).toEqual(wire.sessions.map(({ id }) => id));
      expect(Object.keys(JSON.parse(list.stdout) as object)).toEqual(["sessions", "next"]);
      expect(show.stdout).toMatch(/^license:\n {2}fingerprint: \S+\n {2}name: Demo`s Teams License\n/);
      expect(show.stdout).not.toContain("CERTIFICATE-----");
      expect(pem.stdout).toBe(readFileSync(join(world.dataDir, "demo-license.pem"), "utf8"));
      for (const { stdout, stderr, code } of [list, show, pem]) {
        expect(stdout).not.toContain("\u001b");
        expect([stderr, code]).toEqual(["", 0]);
      }
    });

    it("is told though a part of it is not for this credential, and the exit status says so", async () => {
      const made = await world.runApart(["token", "create", "--scopes", "sessions:read"], {
        env: { LICENSE_SERVER_DATA_DIR: world.dataDir },
      });
      const { code, stdout, stderr } = await world.run(["status"], {
        env: { LICENSE_SERVER_KEY: "", LICENSE_SERVER_TOKEN: made.stdout.trim() },
      });
      expect(code).toBe(3);
      expect(stdout).toMatch(/^license: +unknown, see below\n(.*\n)*sessions: +3 live/);
      expect(stderr).toContain("license-server token create --scopes seats:read");
      expect(stderr).toContain("license-server: 3 parts of the status failed.");
    });
  });

  describe("reports", () => {
    it("come on the screen, or as files that are whole", async () => {
      await world.plays(`
      $ license-server report usage --primary-key username
      period  all time to <time>
      seats  10
      active users  2
      sessions  2
      session time  2h
      CI sessions  0

      KUBERNETES USER  MACHINE  SESSIONS  SESSION TIME  MEAN  SESSIONS/DAY  LAST SEEN
      ana@example.com  ana@ana-laptop  1  1h  1h  <rate>  <time>
      ben@example.com  ben@ben-laptop  1  1h  1h  <rate>  <time>

      $ license-server report usage -o report.pdf
      ! license-server: Unknown format for report.pdf. Use the extension xlsx or json or csv, or --format.
      [exit 2]

      $ license-server report errors
      No operator errors in this period.
    `);
      const [xlsx, csv] = await Promise.all([
        world.run(["report", "usage", "-o", "report.xlsx"]),
        world.run(["report", "trends", "--days", "2", "--format", "csv"]),
      ]);
      // An XLSX file is a ZIP archive.
      const file = readFileSync(join(world.folder, "report.xlsx"));
      expect(file.subarray(0, 2).toString()).toBe("PK");
      expect([xlsx.code, xlsx.stdout, xlsx.stderr]).toEqual([0, "", `report.xlsx: ${file.length} bytes\n`]);
      expect(csv.stdout.split("\r\n")[0]).toMatch(/^date,sessionCount,/);
    });
  });

  describe("a server that is not there, or does not know us", () => {
    it("is told in a line, with an exit status of its own", () =>
      world.plays(`
      $ license-server seat ls --url http://127.0.0.1:2
      ! license-server: No credential. Use --key-file, --token-file, LICENSE_SERVER_KEY, LICENSE_SERVER_TOKEN or a profile.
      !   Not used for this server: LICENSE_SERVER_KEY (it is for LICENSE_SERVER_URL).
      [exit 2]

      $ license-server seat ls --url http://127.0.0.1:2 --key any
      ! license-server: http://127.0.0.1:2 cannot be reached: connect ECONNREFUSED 127.0.0.1:2
      [exit 5]

      $ license-server seat ls --key wrong
      ! license-server: Valid credential required: the license key in x-license-key or an access token with the scope seats:read (401 Unauthorized)
      !   request id: <uuid>
      [exit 3]

      $ license-server sessions
      ! license-server: Unknown command 'sessions'
      !   (Did you mean session?)
      !   See --help
      [exit 2]

      $ license-server doctor --url http://127.0.0.1:2
      ok  address  http://127.0.0.1:2
      ok  tls  not needed: the server is on this machine
      fail  reach  http://127.0.0.1:2 cannot be reached: connect ECONNREFUSED 127.0.0.1:2
                        -> Check the URL, and firewalls and proxies on the way.
      ! license-server: 1 of 3 checks failed.
      [exit 5]
    `));
  });
};
