import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import { run } from "../../../tools/cli/run.ts";

const [seat] = RESPONSE_EXAMPLES.seatList.seats ?? [];
const [session] = RESPONSE_EXAMPLES.sessionList.sessions;

/** What is shown before a release is confirmed, on a terminal whose user says no, and what was sent. */
const released = async (liveSessions: number | undefined, trackingMode = "ClientCertificate") => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true });
  const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()];
  const sent: string[] = [];
  const fetch = async (input: string | URL | Request, { method = "GET" }: RequestInit = {}) => {
    const url = new URL(String(input));
    sent.push(`${method} ${url.pathname}${url.search}`);
    if (url.pathname.endsWith("/seats")) {
      const listed = { ...seat, live_sessions: liveSessions };
      return Response.json({ ...RESPONSE_EXAMPLES.seatList, tracking_mode: trackingMode, seats: [listed], next: null });
    }
    return Response.json({ sessions: [session], next: null });
  };
  let screen = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    if (text.includes("[y/N]")) stdin.end("n\n");
  });
  const env = { HOME: "/nonexistent", LICENSE_SERVER_URL: "http://127.0.0.1:2", LICENSE_SERVER_KEY: "key" };
  const system = { env, stdin, stdout, stderr, fetch, now: () => 0, sleep: async () => undefined };
  await run(["seat", "release", seat?.id ?? ""], system);
  return { screen, sent };
};

it("a release names the user's running sessions first", async () => {
  const { screen, sent } = await released(2);
  expect(screen).toContain("This user has 2 live sessions. A release does not stop them:");
  expect(screen).toContain(session?.id ?? "none");
  const machine = encodeURIComponent(`${seat?.client_username}@${seat?.client_hostname}`);
  expect(sent[1]).toContain(`user=${machine}`);
  const byUser = await released(1, "KubernetesUser");
  expect(byUser.screen).toContain("This user has 1 live session. A release does not stop it:");
  expect(byUser.sent[1]).toContain(`user=${encodeURIComponent(seat?.kubernetes_username ?? "")}`);
});

it.each([0, undefined])(
  "a release without running sessions, or of an older server, says nothing of them: %s",
  async (live) => {
    const { screen, sent } = await released(live);
    expect(screen).not.toContain("live session");
    expect(sent).toHaveLength(1);
  },
);
