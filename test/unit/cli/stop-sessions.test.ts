import { describe, expect, it } from "vitest";
import { EXIT } from "../../../tools/cli/exit.ts";
import { fakeRun } from "./fake-run.ts";

const session = (namespace: string, cluster: string, user: string) => ({
  id: "s-1",
  user,
  user_id: "Machine/1",
  namespace,
  cluster,
  target: "deployment/t",
  locked_ports: [],
  duration_secs: 1,
});

/** A server with one session, whose filters match nothing. */
const emptyHanded = (method: string, { search }: URL) => {
  if (method === "DELETE") return Response.json({ count: 0 }, { status: 202 });
  const sessions = search.includes("limit") && /namespace|user|cluster/.test(search) ? [] : [LIVE];
  return Response.json({ sessions, next: null });
};
const LIVE = session("shop", "staging", "Ana/ana@example.com@laptop");

describe("kill-all", () => {
  it("says that no session matches, and exits with 4", async () => {
    const { exit, out, err } = await fakeRun(["session", "kill-all", "--namespace", "none", "--yes"], emptyHanded);
    expect({ exit, out, err }).toEqual({
      exit: EXIT.notFound,
      out: "",
      err: "license-server: No matching sessions.\n",
    });
  });

  it.each([
    [["--namespace", "Shop"], "--namespace Shop: there are sessions in shop."],
    [["--cluster=STAGING"], "--cluster STAGING: there are sessions in staging."],
    [["--user", "ana"], "--user ana: there are sessions of Ana."],
    [["--user", "Ana@Example.com"], "--user Ana@Example.com: there are sessions of ana@example.com."],
    [["--user", "machine/1"], "--user machine/1: there are sessions of Machine/1."],
  ])("points at the name that differs only by case: %j", async (filter, hint) => {
    for (const [command, exit] of [
      ["kill-all", EXIT.notFound],
      ["ls", EXIT.ok],
    ] as const) {
      const yes = command === "kill-all" ? ["--yes"] : [];
      const ran = await fakeRun(["session", command, ...filter, ...yes], emptyHanded);
      expect(ran.exit).toBe(exit);
      expect(ran.err).toContain(`${hint} Names are case-sensitive.`);
    }
  });

  it("of all sessions is done where none is live", async () => {
    const none = () => Response.json({ count: 0 }, { status: 202 });
    expect(await fakeRun(["session", "kill-all", "--yes"], none)).toMatchObject({
      exit: EXIT.ok,
      out: "No live sessions.\n",
    });
  });

  it("gives JSON where that is asked for, and still exits with 4", async () => {
    const args = ["session", "kill-all", "--user", "x", "--yes", "-o", "json"];
    const { exit, out } = await fakeRun(args, emptyHanded);
    expect([exit, JSON.parse(out)]).toEqual([EXIT.notFound, { count: 0 }]);
  });

  it("needs no right to list: without it there is no hint", async () => {
    const blind = (method: string) =>
      method === "GET" ? Response.json({}, { status: 403 }) : emptyHanded(method, new URL("http://x"));
    expect(await fakeRun(["session", "kill-all", "--user", "x", "--yes"], blind)).toMatchObject({
      exit: EXIT.notFound,
      err: "license-server: No matching sessions.\n",
    });
  });
});

describe("kill of a session that an agent reports", () => {
  const OBJECT = "7cdee5d05570b248.c235aec2";
  const answer =
    (...ids: string[]) =>
    (method: string, { pathname }: URL) => {
      if (method === "GET") return Response.json({ sessions: ids.map((id) => ({ ...LIVE, id })), next: null });
      const known = ids.includes(decodeURIComponent(pathname.split("/").at(-1) ?? ""));
      return known
        ? new Response(null, { status: 202 })
        : Response.json({ detail: "no live session has this id", code: "NotFound" }, { status: 404 });
    };

  it("accepts the id that `session ls` and `mirrord operator status` show", async () => {
    const listed = await fakeRun(["session", "ls"], answer(OBJECT));
    expect(listed.out).toContain("7CDEE5D05570B248 ");
    const { exit, out, requests } = await fakeRun(["session", "kill", "7CDEE5D05570B248", "--yes"], answer(OBJECT));
    expect([exit, out]).toEqual([
      EXIT.ok,
      "Stop requested for session 7CDEE5D05570B248 (takes effect at the next heartbeat).\n",
    ]);
    expect(requests.at(-1)).toBe(`DELETE /api/v1/sessions/${OBJECT}`);
  });

  it("and that could not be stopped, or has no seat, is marked in the list", async () => {
    const marked = { ...LIVE, id: OBJECT, denied_code: "MaxSeatCountReached", stop_refused: "unsupported" };
    const { out } = await fakeRun(["session", "ls"], () => Response.json({ sessions: [marked], next: null }));
    expect(out).toContain("1s (denied) (stop unsupported)");
  });

  it("kills the whole id with one request, and says so where there is no such session", async () => {
    const { requests } = await fakeRun(["session", "kill", OBJECT, "--yes"], answer(OBJECT));
    expect(requests).toEqual([`DELETE /api/v1/sessions/${OBJECT}`]);
    expect(await fakeRun(["session", "kill", "ABC", "--yes"], answer(OBJECT))).toMatchObject({ exit: EXIT.notFound });
  });

  it("kills none of two sessions that are shown with one id", async () => {
    const other = "7cdee5d05570b248.00000001";
    const { exit, err, requests } = await fakeRun(
      ["session", "kill", "7CDEE5D05570B248", "--yes"],
      answer(OBJECT, other),
    );
    expect(exit).toBe(EXIT.usage);
    for (const id of [OBJECT, other]) expect(err).toContain(`${id} (staging)`);
    expect(requests.filter((request) => request.includes("."))).toEqual([]);
  });
});
