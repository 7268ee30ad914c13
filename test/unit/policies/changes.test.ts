import { describe, expect, it } from "vitest";
import { evaluate } from "../../../shared/policies/evaluate.ts";
import { answerProbes } from "../../../shared/policies/probes.ts";
import type { JudgedSession, PolicyEntry } from "../../../shared/policies/types.ts";
import { policy, session } from "./support.ts";

const plain = session("deploy/boats");

const changes = (entries: PolicyEntry[], of: JudgedSession = plain) => evaluate(entries, of).changes;

describe("what policies change in a session", () => {
  it("is listed, refuses nothing, and counts only where the policy applies", () => {
    const spec = {
      env: { exclude: ["DATABASE_*"] },
      fs: { readOnly: ["a"], local: ["b"], notFound: ["c"] },
      network: { outgoing: { allow: [{ hostname: "x" }], block: [{ ports: [{ protocol: "TCP", port: 1 }] }] } },
    };
    expect(evaluate([policy(spec)], plain).verdict).toBe("allowed");
    expect(changes([policy(spec)]).map(({ field, values }) => [field, values])).toEqual([
      ["env.exclude", ["DATABASE_*"]],
      ["fs.local", ["b"]],
      ["fs.notFound", ["c"]],
      ["fs.readOnly", ["a"]],
      ["network.outgoing.allow", [{ hostname: "x" }]],
      ["network.outgoing.block", [{ ports: [{ protocol: "TCP", port: 1 }] }]],
    ]);
    expect(changes([policy({ ...spec, targetPath: "pod/*" })])).toEqual([]);
    expect(changes([policy(spec)], session("deploy/boats", { copy_target: undefined }))).toEqual([]);
  });
});

describe("environment variables", () => {
  const excluded = (exclude: string[], names: string[], of = plain) =>
    answerProbes([policy({ env: { exclude } })], of, { env: names }).env?.map((variable) => variable.excluded);

  it("that match are not retrieved, even though the user's configuration includes them", () => {
    expect(excluded(["*_URL"], ["DATABASE_URL", "DATABASE_PORT", "database_url"])).toEqual([true, false, false]);
    expect(excluded(["DATABASE_*"], ["DATABASE_URL", "DATABASE_PORT"])).toEqual([true, true]);
    expect(excluded(["A?"], ["AB", "A", "ABC"])).toEqual([true, false, false]);
  });

  it("are kept by any of several policies, and undecided where it is not known whether one applies", () => {
    const entries = [policy({ env: { exclude: ["A"] } }), policy({ env: { exclude: ["B"] } })];
    expect(answerProbes(entries, plain, { env: ["A", "B", "C"] }).env).toEqual([
      { name: "A", excluded: true },
      { name: "B", excluded: true },
      { name: "C", excluded: false },
    ]);
    expect(excluded(["A"], ["A", "B"], session("deploy/x", { copy_target: undefined }))).toEqual([null, false]);
  });
});

describe("files", () => {
  const mode = (fs: object, path: string) => answerProbes([policy({ fs })], plain, { files: [path] }).files?.[0]?.mode;

  it("are local before not found, and not found before read-only", () => {
    const all = { readOnly: ["a"], notFound: ["ab"], local: ["abc"] };
    expect(["abc", "ab", "a", "b"].map((path) => mode(all, path))).toEqual(["local", "notFound", "readOnly", null]);
  });

  it("are in that order across policies, too", () => {
    const entries = [policy({ fs: { readOnly: ["x"] } }), policy({ fs: { local: ["x"] } })];
    expect(answerProbes(entries, plain, { files: ["/x"] }).files).toEqual([{ path: "/x", mode: "local" }]);
  });

  it("match where any part of the path does, and are unknown where only an operator can say", () => {
    expect(mode({ readOnly: [".+\\.json"] }, "/app/config.json")).toBe("readOnly");
    expect(mode({ notFound: ["(?=x)"], readOnly: ["x"] }, "/x")).toBe("unknown");
    expect(mode({ notFound: ["(?=x)"], local: ["x"] }, "/x")).toBe("local");
  });
});

describe("outgoing connections", () => {
  type To = { hostname?: string | null; ip?: string | null; port?: number; protocol?: "TCP" | "UDP" };
  const to = (parts: To) => ({ hostname: null, ip: null, port: 443, protocol: "TCP" as const, ...parts });
  const verdicts = (outgoing: object, ...connections: To[]) =>
    answerProbes([policy({ network: { outgoing } })], plain, { connections: connections.map(to) }).connections?.map(
      ({ verdict }) => verdict,
    );

  it("without rules are allowed", () => {
    expect(verdicts({}, { ip: "1.2.3.4" })).toEqual(["allowed"]);
    expect(verdicts({ allow: [], block: [] }, { ip: "1.2.3.4" })).toEqual(["allowed"]);
  });

  it("that no rule of a non-empty allow matches are denied", () => {
    const rules = { allow: [{ ipBlock: { cidr: "10.0.0.0/16", except: ["10.0.1.0/24"] } }] };
    expect(verdicts(rules, { ip: "10.0.2.1" }, { ip: "10.1.0.1" }, { ip: "10.0.1.1" })).toEqual([
      "allowed",
      "refused",
      "refused",
    ]);
  });

  it("that a rule of block matches are denied, even if allow matches too", () => {
    const rules = { allow: [{ hostname: ".*" }], block: [{ hostname: "^db\\." }] };
    expect(verdicts(rules, { hostname: "db.example" }, { hostname: "web.example" })).toEqual(["refused", "allowed"]);
  });

  it("match a rule by port and protocol; without ports by all of them", () => {
    const rules = { block: [{ ports: [{ protocol: "TCP", port: 5432 }] }] };
    expect(verdicts(rules, { port: 5432 }, { port: 5432, protocol: "UDP" }, { port: 443 })).toEqual([
      "refused",
      "allowed",
      "allowed",
    ]);
    expect(verdicts({ block: [{ hostname: "x", ports: [] }] }, { hostname: "x", port: 9 })).toEqual(["refused"]);
  });

  it("match ranges of their own family, and only if all parts of a rule match", () => {
    const rules = { block: [{ ipBlock: { cidr: "fd00::/8" }, hostname: "db" }] };
    expect(
      verdicts(
        rules,
        { ip: "fd00::1", hostname: "db" },
        { ip: "fe00::1", hostname: "db" },
        { ip: "10.0.0.1", hostname: "db" },
        { ip: "fd00::1", hostname: "web" },
      ),
    ).toEqual(["refused", "allowed", "allowed", "allowed"]);
  });

  it("are unknown where the address or the name is not known and would decide", () => {
    const connections = [
      { port: 443, protocol: "TCP" as const },
      { hostname: "web", port: 443, protocol: "TCP" as const },
    ];
    const entry = policy({ network: { outgoing: { block: [{ hostname: "^db" }] } } });
    expect(answerProbes([entry], plain, { connections }).connections).toEqual([
      { verdict: "unknown" },
      { verdict: "allowed" },
    ]);
  });

  it("must be allowed by each policy that applies", () => {
    const entries = [{ allow: [{ hostname: "a" }] }, { allow: [{ hostname: "b" }] }].map((outgoing) =>
      policy({ network: { outgoing } }),
    );
    const connections = [to({ hostname: "a" }), to({ hostname: "ab" })];
    expect(answerProbes(entries, plain, { connections }).connections).toEqual([
      { verdict: "refused" },
      { verdict: "allowed" },
    ]);
  });
});

describe("the selected profile", () => {
  const profile = (name: string, namespace: string | null, ...of: string[]): PolicyEntry => ({
    kind: namespace === null ? "MirrordClusterProfile" : "MirrordProfile",
    name,
    namespace,
    clusters: ["prod"],
    spec: { featureAdjustments: of.map((change) => ({ change })) },
  });
  const entries = [
    profile("team", null, "incoming-steal", "outgoing-remote", "dns-remote"),
    profile("team", "default", "incoming-off"),
    profile("team", "books", "dns-off"),
  ];
  const selecting = (name: string | null, cluster = { id: "uid-1", name: "prod" }) =>
    changes(entries, session("deploy/boats", { profile: name }, { cluster })).map(({ values }) => values);

  it("is a cluster's by its name, and its adjustments are applied in order", () => {
    expect(selecting("team")).toEqual([["incoming-steal", "outgoing-remote", "dns-remote"]]);
  });

  it("is a namespace's as namespace/name, which must be that of the target", () => {
    expect(selecting("default/team")).toEqual([["incoming-off"]]);
    expect(selecting("books/team")).toEqual([]);
  });

  it("changes nothing if there is none, or not in this cluster", () => {
    expect(selecting(null)).toEqual([]);
    expect(selecting("other")).toEqual([]);
    expect(selecting("team", { id: "uid-2", name: "dev" })).toEqual([]);
  });

  it("is only a functional feature: it allows and refuses nothing", () => {
    const of = session("deploy/boats", { profile: "team", features: ["mirror"] });
    expect(evaluate(entries, of)).toMatchObject({ verdict: "allowed", policies: [], reasons: [] });
  });
});

describe("a policy with a field that this server does not know", () => {
  const entry = policy({ env: { exclude: ["A"] }, future: true });
  const asked = {
    env: ["A", "B"],
    files: ["/x"],
    connections: [{ port: 443, protocol: "TCP" as const }],
  };

  it("may change anything in a session that it could apply to", () => {
    expect(answerProbes([entry], plain, asked)).toEqual({
      env: [
        { name: "A", excluded: null },
        { name: "B", excluded: null },
      ],
      files: [{ path: "/x", mode: "unknown" }],
      connections: [{ verdict: "unknown" }],
    });
  });

  it("changes nothing in another session, and nothing that another policy has decided", () => {
    const elsewhere = { ...entry, spec: { ...(entry.spec as object), targetPath: "pod/*" } };
    expect(answerProbes([elsewhere], plain, { env: ["A"] }).env).toEqual([{ name: "A", excluded: false }]);
    const local = policy({ fs: { local: ["x"] }, env: { exclude: ["B"] } });
    expect(answerProbes([entry, local], plain, { env: ["B"], files: ["/x"] })).toEqual({
      env: [{ name: "B", excluded: true }],
      files: [{ path: "/x", mode: "local" }],
    });
  });
});

describe("a range of IPv6 addresses", () => {
  it("has no IPv4 address, and one of IPv4 addresses no other IPv6 address than theirs", () => {
    const of = (cidr: string) => policy({ network: { outgoing: { block: [{ ipBlock: { cidr } }] } } });
    const verdicts = (cidr: string, ips: string[]) =>
      answerProbes([of(cidr)], plain, {
        connections: ips.map((ip) => ({ ip, port: 443, protocol: "TCP" as const })),
      }).connections?.map(({ verdict }) => verdict);
    expect(verdicts("::/0", ["10.1.2.3", "fd00::1"])).toEqual(["allowed", "refused"]);
    expect(verdicts("0.0.0.0/0", ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3"])).toEqual([
      "refused",
      "allowed",
      "refused",
    ]);
  });
});

describe("without the operator's semantics", () => {
  it("what a policy of each of them changes is changed", () => {
    const facts = { operator_semantics: undefined, owners: [{ kind: "deploy", name: "boats", labels: null }] };
    const entries = [
      policy({ targetPath: "deploy/boats", env: { exclude: ["A", "B"] } }, { name: "by-owners" }),
      policy({ targetPath: "pod/*con*", env: { exclude: ["A", "C"] } }, { name: "by-target" }),
    ];
    expect(answerProbes(entries, session("pod/x/container/a", facts), { env: ["A", "B", "C"] }).env).toEqual([
      { name: "A", excluded: true },
      { name: "B", excluded: null },
      { name: "C", excluded: null },
    ]);
  });
});
