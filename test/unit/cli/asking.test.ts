import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../../tools/cli/exit.ts";
import { run } from "../../../tools/cli/run.ts";

/** A run on a terminal, whose user types `typed` when asked; a token that opens the verbs alone, not the lists. */
const onTerminal = (typed: string, ...args: string[]) =>
  onTerminalOf(() => Response.json({ code: "Forbidden" }, { status: 403 }), typed, ...args);

/** The same with a server whose lists `read` answers. */
const onTerminalOf = async (read: () => Response, typed: string, ...args: string[]) => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true });
  const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()];
  const sent: string[] = [];
  const fetch = async (url: string | URL | Request, { method = "GET" }: RequestInit = {}) => {
    sent.push(`${method} ${new URL(String(url)).pathname}`);
    return method === "GET" ? read() : Response.json({ count: 2 });
  };
  let asked = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    asked += text;
    if (text.includes("[y/N]")) stdin.end(typed);
  });
  const env = { HOME: "/nonexistent", LICENSE_SERVER_URL: "http://127.0.0.1:2", LICENSE_SERVER_TOKEN: "token" };
  const system = { env, stdin, stdout, stderr, fetch, now: () => 0, sleep: async () => undefined };
  return { exit: await run(args, system), sent, asked };
};

describe("a destructive command whose credential cannot see what it hits", () => {
  it.each([
    [["session", "kill", "--id", "s-1"], "DELETE /api/v1/sessions/s-1"],
    [["session", "kill-all", "--namespace", "shop"], "DELETE /api/v1/sessions"],
    [["seat", "release", "seat-1"], "DELETE /api/v1/seats/seat-1"],
  ])("still asks, and goes on only with yes: %j", async (args, request) => {
    const yes = await onTerminal("y\n", ...args);
    expect(yes.asked).toContain("this credential may not list what is affected");
    expect([yes.exit, yes.sent.at(-1)]).toEqual([EXIT.ok, request]);
    for (const typed of ["n\n", "\n", "yess\n", ""]) {
      const no = await onTerminal(typed, ...args);
      expect(no.exit, JSON.stringify(typed)).toBe(EXIT.failed);
      expect(no.sent.some((each) => each.startsWith("DELETE"))).toBe(false);
    }
  });
});

describe("policy prune and accept", () => {
  const status = (state: string) => () => {
    const times = { since: "2026-11-20T08:00:00Z", reported_at: null };
    const cluster = { cluster_id: "id-1", cluster: "prod", state, revision: 7, duplicate_name: false, ...times };
    return Response.json({ catalog_id: "c", revision: 6, clusters: [cluster], entries: [], more: 0 });
  };

  it("prune of a cluster that does not exist says where the ids are, and asks nothing", async () => {
    const typo = await onTerminalOf(status("applied"), "y\n", "policy", "prune", "--cluster", "id-2");
    expect([typo.exit, typo.sent]).toEqual([EXIT.notFound, ["GET /api/v1/catalog/status"]]);
    expect(typo.asked).toContain(
      "No cluster with the catalog has the id id-2. To list the ids: license-server policy status",
    );
    const known = await onTerminalOf(status("applied"), "y\n", "policy", "prune", "--cluster", "id-1");
    expect(known.asked).toContain("The cluster id-1 has no orphaned objects.");
  });

  it("accept names the clusters that have had a later revision, and asks nothing if there is none", async () => {
    const later = await onTerminalOf(status("catalog_went_back"), "n\n", "policy", "accept");
    expect(later.asked).toContain("is at revision 6, and clusters have had 7 (prod). Let agents apply");
    const none = await onTerminalOf(status("applied"), "y\n", "policy", "accept");
    expect([none.exit, none.sent]).toEqual([EXIT.notFound, ["GET /api/v1/catalog/status"]]);
    expect(none.asked).toContain("No cluster has the state catalog_went_back.");
  });
});
