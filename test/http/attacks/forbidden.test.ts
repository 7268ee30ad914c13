import { beforeAll, describe, expect, it } from "vitest";
import { type Credential, isScope, ROUTES } from "../../../shared/contract/routes.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import type { CallOptions } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";

const server = sharedServer();

// Something that is worth an attack: a session that runs, on a seat that is held.
const victim = { session: "s-victim", seat: "" };
let lease: string;
beforeAll(async () => {
  const operator = operatorAt(server(), "op-victim");
  await operator.registers();
  await operator.starts(victim.session);
  victim.seat = (await server().call("GET", "/api/v1/seats")).json.seats[0].id;
  lease = await leaseToken(server(), "op-attacker");
});

const CHANGES = [
  {
    what: "killing a session",
    method: "DELETE",
    path: () => `/api/v1/sessions/${victim.session}`,
    name: "sessionKill",
  },
  { what: "killing all sessions", method: "DELETE", path: () => "/api/v1/sessions", name: "sessionKillAll" },
  { what: "releasing a seat", method: "DELETE", path: () => `/api/v1/seats/${victim.seat}`, name: "seatRelease" },
] as const;

const credentialsOf = (name: (typeof CHANGES)[number]["name"]): readonly Credential[] =>
  ROUTES.find((route) => route.name === name)?.auth ?? [];

describe.each(CHANGES)("$what, of which there is one", ({ method, path, name }) => {
  const attempt = (options: CallOptions) => leavingNoTrace(server(), () => server().call(method, path(), options));

  it("is refused to the license key alone and to another operator's lease, and changes nothing", async () => {
    expect((await attempt({})).status).toBe(403);
    expect((await attempt({ bearer: lease })).status).toBe(401);
    expect((await attempt({ key: undefined })).status).toBe(401);
  });

  it("is refused to every scope but its own, and is told no more of what there is than of what there is not", async () => {
    const own = credentialsOf(name).filter(isScope);
    expect(own).toHaveLength(1);
    const bearer = await server().accessToken(SCOPES.filter((scope) => !own.includes(scope)));
    const refused = await attempt({ bearer });
    expect(refused.status).toBe(403);
    const nothing = await server().call(method, `${path()}-nothing`, { bearer });
    if (name !== "sessionKillAll")
      expect({ ...nothing.json, request_id: "" }).toEqual({ ...refused.json, request_id: "" });
  });
});

describe("an operator's lease", () => {
  it("neither ends, nor takes over, nor beats for what another operator runs", async () => {
    const attacker = operatorAt(server(), "op-victim", { bearer: lease });
    for (const act of [
      () => attacker.ends(victim.session),
      () => attacker.beats([], { ended: [] }),
      () => attacker.starts(victim.session, "mallory"),
    ])
      expect((await leavingNoTrace(server(), act)).status).toBe(403);
  });
});
