import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseEntries } from "../../../shared/policies/yaml/parse.ts";
import { EXIT } from "../../../tools/cli/exit.ts";
import { type Answer, fakeRun, NOW, type Sent } from "./fake-run.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "license-server-policies-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const policy = (name: string, block = "[steal]") => `apiVersion: policies.mirrord.metalbear.co/v1alpha
kind: MirrordPolicy
metadata:
  name: ${name}
  namespace: payments
spec:
  block: ${block}
`;
const profile = (name: string) => `apiVersion: profiles.mirrord.metalbear.co/v1alpha
kind: MirrordClusterProfile
metadata:
  name: ${name}
spec:
  featureAdjustments: []
`;

const file = (name: string, ...documents: string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, documents.join("---\n"));
  return path;
};

const entry = (name: string, generation = 1) => ({
  kind: "MirrordPolicy",
  name,
  namespace: "payments",
  clusters: ["*"],
  spec: { block: ["steal"] },
  allow_unknown: false,
  generation,
  etag: `"${name}-${generation}"`,
  updated_at: new Date(NOW - 60_000).toISOString(),
  updated_by: "cli ana",
  warnings: [],
  deleted_at: null,
});

type Change = { action: string; kind: string; name: string; namespace?: string; if_match?: string };
type Apply = { changes: Change[]; dry_run?: boolean };

/** A server with these entries, which notes what is applied. `fail` answers an apply in its place. */
const catalog = (
  entries: readonly ReturnType<typeof entry>[],
  fail: (apply: Apply) => Response | undefined = () => undefined,
) => {
  const applied: Apply[] = [];
  const answer: Answer = (method, { pathname }, sent: Sent) => {
    if (method === "GET" && pathname === "/api/v1/catalog")
      return Response.json({ catalog_id: "c", revision: 7, entries, next: null });
    if (pathname !== "/api/v1/catalog/apply") return undefined;
    const apply = sent.body as Apply;
    applied.push(apply);
    const results = apply.changes.map(({ action, kind, name, namespace = null, if_match }) => ({
      kind,
      name,
      namespace,
      outcome: action === "delete" ? "deleted" : if_match === undefined ? "created" : "replaced",
      generation: if_match === undefined ? 1 : 2,
      etag: '"x"',
      warnings: name === "warned" ? [{ path: "spec.block", message: "is empty" }] : [],
      ...(apply.dry_run === true ? { diff: [{ path: "spec.block", before: ["mirror"], after: ["steal"] }] } : {}),
    }));
    return fail(apply) ?? Response.json({ revision: 8, results });
  };
  return { answer, applied };
};

describe("policy apply", () => {
  it("of a file with three documents, two of them faulty, sends nothing and names both faults with line and path", async () => {
    const path = file(
      "three.yaml",
      policy("one", "[stael]"),
      policy("two"),
      policy("three").replace("spec:", "spec:\n  targetPth: x"),
    );
    const { exit, err, requests } = await fakeRun(["policy", "apply", "-f", path]);
    expect([exit, requests]).toEqual([EXIT.usage, []]);
    expect(err.split("\n").map((line) => line.replace(path, "FILE"))).toEqual([
      "license-server: FILE:7: spec.block.0: must be one of steal, steal-without-filter, mirror, copy-target-scale-down",
      expect.stringMatching(
        /^license-server: FILE:23: spec\.targetPth: is not a field .* Use --allow-unknown if an operator supports it$/,
      ),
      "",
    ]);
  });

  it("replaces what it has read, and nothing later", async () => {
    const { answer, applied } = catalog([entry("old", 4)]);
    const { exit, out, err } = await fakeRun(
      ["policy", "apply", "-f", file("a.yaml", policy("old"), policy("warned"))],
      answer,
    );
    expect(exit).toBe(EXIT.ok);
    expect(out).toBe(
      [
        "KIND           NAME             OUTCOME   GENERATION",
        "MirrordPolicy  payments/old     replaced  2",
        "MirrordPolicy  payments/warned  created   1",
        "",
      ].join("\n"),
    );
    expect(err).toBe("license-server: warning: MirrordPolicy payments/warned: spec.block: is empty\n");
    expect(applied[0]?.changes.map(({ name, if_match }) => [name, if_match])).toEqual([
      ["old", '"old-4"'],
      ["warned", undefined],
    ]);
  });

  it("says that somebody else was faster, and exits with 1", async () => {
    const errors = [{ path: "changes.0.if_match", message: "MirrordPolicy payments/old has the etag x" }];
    const conflict = { code: "PreconditionFailed", detail: "MirrordPolicy payments/old is at another version", errors };
    const { answer } = catalog([entry("old")], () => Response.json(conflict, { status: 412 }));
    const { exit, err } = await fakeRun(["policy", "apply", "-f", file("a.yaml", policy("old"))], answer);
    expect(exit).toBe(EXIT.failed);
    expect(err).toBe(
      "license-server: MirrordPolicy payments/old is at another version (412 PreconditionFailed)\n  changes.0.if_match: MirrordPolicy payments/old has the etag x\n  To see the other change: license-server policy diff, or policy get. Then run this command again.\n",
    );
  });

  it("reads folders and standard input; profiles come before policies", async () => {
    mkdirSync(join(folder, "teams"));
    file("teams/a.yml", policy("a"), profile("p"));
    file("teams/notes.txt", "no: yaml");
    const { answer, applied } = catalog([]);
    const ran = await fakeRun(["profile", "apply", "-f", folder, "--filename", "-"], answer, {}, policy("stdin"));
    expect(ran.exit).toBe(EXIT.ok);
    expect(applied[0]?.changes.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "MirrordClusterProfile p",
      "MirrordPolicy a",
      "MirrordPolicy stdin",
    ]);
  });

  it("refuses an entry that is in two files, a folder without files, and a file that is missing", async () => {
    const [one, two] = [file("1.yaml", policy("a")), file("2.yaml", policy("a"))];
    expect(await fakeRun(["policy", "apply", "-f", one, "-f", two])).toMatchObject({
      exit: EXIT.usage,
      err: `license-server: ${two}:1: MirrordPolicy payments/a is also at ${one}:1. Remove one of them.\n`,
    });
    mkdirSync(join(folder, "none"));
    const { exit, err } = await fakeRun(["policy", "apply", "-f", join(folder, "none"), "-f", join(folder, "x.yaml")]);
    expect(exit).toBe(EXIT.usage);
    expect(err).toContain("none has no .yaml, .yml or .json file.");
    expect(err).toContain("x.yaml cannot be read: ENOENT");
    expect(await fakeRun(["policy", "apply", "-f", "-"])).toMatchObject({ exit: EXIT.notFound });
  });

  it("of more than 20 changes checks all of them, then applies batches, and says that each is separate", async () => {
    const many = file("many.yaml", ...Array.from({ length: 45 }, (_, index) => policy(`p${index}`)));
    const { answer, applied } = catalog([]);
    const { exit, err } = await fakeRun(["policy", "apply", "-f", many], answer);
    expect(exit).toBe(EXIT.ok);
    expect(err).toBe("45 changes in 3 batches. Each batch is applied separately: as a whole, or not at all.\n");
    expect(applied.map(({ changes, dry_run = false }) => [changes.length, dry_run])).toEqual([
      [20, true],
      [20, true],
      [5, true],
      [20, false],
      [20, false],
      [5, false],
    ]);
  });

  it("applies no batch if the server finds a fault in a later one, and names its file and line", async () => {
    const many = file("many.yaml", ...Array.from({ length: 25 }, (_, index) => policy(`p${index}`)));
    const errors = [{ path: "changes.1.spec.block", message: "is not allowed" }];
    const fail = ({ changes }: Apply) =>
      changes.length === 5 ? Response.json({ detail: "bad", code: "BadRequest", errors }, { status: 400 }) : undefined;
    const { answer, applied } = catalog([], fail);
    const { exit, err } = await fakeRun(["policy", "apply", "-f", many], answer);
    expect([exit, applied.every(({ dry_run }) => dry_run)]).toEqual([EXIT.usage, true]);
    // Each document has eight lines with its mark.
    expect(err).toContain(`many.yaml:${21 * 8 + 7}: spec.block: is not allowed\n`);
  });

  it("says which batches are applied if a later one fails", async () => {
    const many = file("many.yaml", ...Array.from({ length: 25 }, (_, index) => policy(`p${index}`)));
    const fail = ({ changes, dry_run }: Apply) =>
      changes.length === 5 && dry_run !== true ? Response.json({ detail: "no" }, { status: 409 }) : undefined;
    const { exit, err } = await fakeRun(["policy", "apply", "-f", many], catalog([], fail).answer);
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain("  Batch 2 of 2 failed. The changes of the batches before it are applied.");
  });
});

it("policy diff shows what would change, changes nothing, and exits with 1 only if that is asked for", async () => {
  const path = file("a.yaml", policy("old"), policy("new"));
  const { answer, applied } = catalog([entry("old")]);
  const { exit, out } = await fakeRun(["policy", "diff", "-f", path], answer);
  expect([exit, out]).toEqual([
    EXIT.ok,
    [
      "change MirrordPolicy payments/old",
      '  - spec.block: ["mirror"]',
      '  + spec.block: ["steal"]',
      "create MirrordPolicy payments/new",
      '  - spec.block: ["mirror"]',
      '  + spec.block: ["steal"]',
      "",
    ].join("\n"),
  ]);
  expect(applied.map(({ dry_run }) => dry_run)).toEqual([true]);
  expect(await fakeRun(["policy", "diff", "-f", path, "--exit-code"], answer)).toMatchObject({ exit: EXIT.failed });
});

describe("policy ls and get", () => {
  const profileEntry = {
    ...entry("p"),
    kind: "MirrordClusterProfile",
    namespace: null,
    spec: { featureAdjustments: [] },
  };

  it("list their own kinds only", async () => {
    const { answer } = catalog([entry("a"), profileEntry as never]);
    expect((await fakeRun(["policy", "ls"], answer)).out).toBe(
      ["NAME        CLUSTERS  GENERATION  CHANGED  BY", "payments/a  *         1           1m ago   cli ana", ""].join(
        "\n",
      ),
    );
    expect((await fakeRun(["profile", "ls"], answer)).out).toContain("\np     ");
    expect((await fakeRun(["policy", "ls", "-n", "none"], answer)).out).toBe("No policies match.\n");
    const warned = { ...entry("w"), warnings: [{ path: "spec.block", message: "is empty" }] };
    expect((await fakeRun(["policy", "ls"], catalog([entry("a"), warned as never]).answer)).out).toMatch(
      /WARNINGS\n.* 0\n.* 1\n$/,
    );
    const { requests } = await fakeRun(["policy", "ls", "--cluster", "prod"], answer);
    expect(requests).toEqual(["GET /api/v1/catalog?cluster=prod"]);
  });

  it("print YAML that apply reads, and the API's own answer where that is asked for", async () => {
    const { answer } = catalog([entry("a"), entry("b")]);
    const { out } = await fakeRun(["policy", "get"], answer);
    expect(parseEntries(out).entries.map(({ name, namespace }) => `${namespace}/${name}`)).toEqual([
      "payments/a",
      "payments/b",
    ]);
    const one: Answer = () => Response.json(entry("a"));
    const got = await fakeRun(["policy", "get", "payments/a"], one);
    expect(got.requests).toEqual(["GET /api/v1/catalog/MirrordPolicy/a?namespace=payments"]);
    expect(parseEntries(got.out).entries[0]).toMatchObject({ name: "a", spec: { block: ["steal"] } });
    expect(JSON.parse((await fakeRun(["policy", "get", "a", "-n", "payments", "-o", "json"], one)).out).etag).toBe(
      '"a-1"',
    );
  });

  it.each([
    [["get", "a/b/c"], "a/b/c is not a name. Use NAME, or NAMESPACE/NAME."],
    [["get", "a/b", "-n", "c"], "Two different namespaces: a and c."],
    [["delete", "--yes"], "The name of the policy is missing. To list them: license-server policy ls"],
    [["restore", "a", "--generation", "x", "--yes"], "--generation must be a whole number, as `history` lists it."],
    [["impact", "-f", "x", "--days", "91"], "--days must be a whole number from 1 to 90."],
    [["test", "--expect", "maybe"], "--expect maybe: use one of allowed, refused, unknown."],
    [["test", "--feature", "stael"], "--feature stael: use one of steal, mirror, copy-target-scale-down."],
    [["status", "--wait", "--timeout", "x"], "--timeout x: use whole seconds, up to 86400."],
    [["delete", "a"], "Confirmation required. Use --yes to skip it in scripts."],
    [["prune", "--cluster", "x"], "Confirmation required. Use --yes to skip it in scripts."],
    [["accept"], "Confirmation required. Use --yes to skip it in scripts."],
  ])("%j: wrong usage sends nothing", async (args, message) => {
    expect(await fakeRun(["policy", ...args])).toMatchObject({
      exit: EXIT.usage,
      requests: [],
      err: `license-server: ${message}\n`,
    });
  });
});

describe("policy delete", () => {
  it("deletes the version that it has read", async () => {
    const seen: (string | null)[] = [];
    const answer: Answer = (method, _url, { ifMatch }) => {
      if (method === "GET") return Response.json(entry("a", 3));
      seen.push(ifMatch);
      return undefined;
    };
    const { exit, out, requests } = await fakeRun(["policy", "delete", "payments/a", "--yes"], answer);
    expect([exit, out, seen]).toEqual([EXIT.ok, "MirrordPolicy payments/a is deleted.\n", ['"a-3"']]);
    expect(requests[1]).toBe("DELETE /api/v1/catalog/MirrordPolicy/a?namespace=payments");
  });

  it("-f deletes what the catalog has of a file, policies before profiles", async () => {
    const profileEntry = { ...entry("p"), kind: "MirrordClusterProfile", namespace: null };
    const { answer, applied } = catalog([profileEntry as never, entry("a")]);
    const path = file("a.yaml", profile("p"), policy("a"), policy("gone"));
    const { exit, err } = await fakeRun(["policy", "delete", "-f", path, "--yes"], answer);
    expect(exit).toBe(EXIT.ok);
    expect(err).toContain("MirrordPolicy payments/gone is not in the catalog.");
    expect(applied[0]?.changes).toEqual([
      { action: "delete", kind: "MirrordPolicy", name: "a", namespace: "payments", if_match: '"a-1"' },
      { action: "delete", kind: "MirrordClusterProfile", name: "p", if_match: '"p-1"' },
    ]);
    expect(await fakeRun(["policy", "delete", "-f", path, "--yes"], catalog([]).answer)).toMatchObject({
      exit: EXIT.notFound,
    });
  });
});

it("policy restore brings back a deleted entry, which has no version to replace", async () => {
  const seen: unknown[] = [];
  const deleted = { ...entry("a", 4), deleted_at: new Date(NOW).toISOString() };
  const restored = { revision: 9, kind: "MirrordPolicy", name: "a", namespace: "payments", warnings: [], etag: '"x"' };
  const answer =
    (...entries: object[]): Answer =>
    (method, _url, { body, ifMatch }) => {
      if (method === "GET") return Response.json({ entries });
      seen.push([body, ifMatch]);
      return Response.json({ ...restored, outcome: "created", generation: 5 });
    };
  const args = ["policy", "restore", "payments/a", "--generation", "3", "--yes"];
  for (const answers of [answer(deleted, entry("a", 3)), answer(entry("a", 4), entry("a", 3))])
    expect(await fakeRun(args, answers)).toMatchObject({ exit: EXIT.ok });
  expect(seen).toEqual([
    [{ generation: 3 }, null],
    [{ generation: 3 }, '"a-4"'],
  ]);
  expect(await fakeRun(args, answer())).toMatchObject({ exit: EXIT.notFound });
});

it("policy prune of an unknown cluster does not blame the URL", async () => {
  const { exit, err } = await fakeRun(["policy", "prune", "--cluster", "x", "--yes"], () =>
    Response.json({ code: "NotFound", detail: "No agent of this cluster has fetched the catalog" }, { status: 404 }),
  );
  expect([exit, err]).toEqual([
    EXIT.notFound,
    "license-server: No agent of this cluster has fetched the catalog (404 NotFound)\n  To list the clusters: license-server policy status\n",
  ]);
});

it.each([
  ["get", "  To list the names: license-server policy ls, or profile ls. With a namespace: NAMESPACE/NAME.\n"],
  ["history", "  To list the names: license-server policy ls, or profile ls. With a namespace: NAMESPACE/NAME.\n"],
])("policy %s of a name that the catalog does not have says where the names are", async (verb, hint) => {
  const { exit, err } = await fakeRun(["policy", verb, "no-steal"], () =>
    Response.json({ code: "NotFound", detail: "None" }, { status: 404 }),
  );
  expect([exit, err]).toEqual([EXIT.notFound, `license-server: None (404 NotFound)\n${hint}`]);
});

it("policy accept accepts the highest revision that a cluster has had, not the catalog's own", async () => {
  const ahead = (revision: number, state = "catalog_went_back") => ({
    ...{ cluster_id: `id-${revision}`, cluster: null, state, revision, duplicate_name: false },
    ...{ since: new Date(NOW).toISOString(), reported_at: null },
  });
  const sent: unknown[] = [];
  const answer: Answer = (method, _url, { body }) => {
    if (method === "GET")
      return Response.json({
        ...{ catalog_id: "c", revision: 6, entries: [], more: 0 },
        clusters: [ahead(8), ahead(11), ahead(6, "applied")],
      });
    sent.push(body);
    return Response.json({ revision: 12 });
  };
  const { exit, out } = await fakeRun(["policy", "accept", "--yes"], answer);
  expect([exit, out]).toEqual([EXIT.ok, "Accepted. The catalog is now at revision 12, and agents apply it.\n"]);
  await fakeRun(["policy", "accept", "8", "--yes"], answer);
  expect(sent).toEqual([{ revision: 11 }, { revision: 8 }]);
});

it("token create does not accept the scope of agents, and names the command that does", async () => {
  const { exit, err } = await fakeRun(["token", "create", "--scopes", "agent", "--data-dir", folder], undefined, {
    LICENSE_SERVER_URL: undefined,
    LICENSE_SERVER_TOKEN: undefined,
  });
  expect([exit, err]).toEqual([
    EXIT.usage,
    "license-server: A token with the scope agent is for one cluster: license-server agent token\n",
  ]);
});

describe("policy status", () => {
  const cluster = (state: string, revision: number) => ({
    cluster_id: "id-1",
    cluster: "prod",
    state,
    revision,
    since: new Date(NOW - 120_000).toISOString(),
    reported_at: null,
    duplicate_name: false,
  });
  const waiting = {
    cluster_id: "id-1",
    cluster: "prod",
    kind: "MirrordPolicy",
    name: "a",
    namespace: "payments",
    state: "conflict",
    generation_in_force: null,
    message: "Argo CD has it",
    since: new Date(NOW - 60_000).toISOString(),
  };

  it("shows where an entry is not in force, since when and why", async () => {
    const answer: Answer = () =>
      Response.json({ catalog_id: "c", revision: 7, clusters: [cluster("applied", 7)], entries: [waiting], more: 3 });
    expect((await fakeRun(["policy", "status"], answer)).out).toBe(
      [
        "CLUSTER  STATE    REVISION  SINCE   CLUSTER ID",
        "prod     applied  7 of 7    2m ago  id-1",
        "",
        "CLUSTER  KIND           NAME        STATE     IN FORCE  SINCE   MESSAGE",
        "prod     MirrordPolicy  payments/a  conflict  nothing   1m ago  Argo CD has it",
        "and 3 more",
        "",
      ].join("\n"),
    );
    expect((await fakeRun(["profile", "status"], answer)).out).not.toContain("conflict");
  });

  it("--wait looks until every cluster has the catalog, and exits with 1 if that takes too long", async () => {
    let looks = 0;
    const answer: Answer = () => {
      looks += 1;
      const state = looks < 3 ? cluster("behind", 6) : cluster("applied", 7);
      return Response.json({ catalog_id: "c", revision: 7, clusters: [state], entries: [] });
    };
    expect(await fakeRun(["policy", "status", "--wait"], answer)).toMatchObject({ exit: EXIT.ok });
    expect(looks).toBe(3);
    const nobody: Answer = () => Response.json({ catalog_id: "c", revision: 7, clusters: [], entries: [], more: 0 });
    expect(await fakeRun(["policy", "status", "--wait", "--timeout", "0"], nobody)).toMatchObject({
      exit: EXIT.failed,
      out: "No cluster has an agent that applies the catalog. Set applyCatalog: docs/agent.md.\n",
    });
    const never: Answer = () =>
      Response.json({ catalog_id: "c", revision: 7, clusters: [cluster("applied", 7)], entries: [waiting] });
    expect(await fakeRun(["policy", "status", "--wait", "--timeout", "0"], never)).toMatchObject({
      exit: EXIT.failed,
      err: "license-server: Not in force everywhere after 0 seconds.\n",
    });
  });
});

describe("policy test and impact", () => {
  const verdict = {
    revision: 7,
    verdict: "refused",
    policies: [{ kind: "MirrordPolicy", namespace: "payments", name: "a", applies: "yes" }],
    reasons: [
      { kind: "MirrordPolicy", namespace: "payments", name: "a", verdict: "refused", rule: "steal", missing: null },
    ],
    changes: [],
    env: [{ name: "DB_PASSWORD", excluded: true }],
  };

  it("describe a session: what is not named, it does not use; labels and owners are not known", async () => {
    let body: unknown;
    const answer: Answer = (_method, _url, sent) => {
      body = sent.body;
      return Response.json(verdict);
    };
    const args = ["--cluster", "prod", "-n", "payments", "--target", "deployment/api", "--feature", "steal"];
    const { exit, out } = await fakeRun(
      [
        "policy",
        "test",
        ...args,
        "--env",
        "DB_PASSWORD",
        "--connect",
        "[::1]:53/udp",
        "-f",
        file("a.yaml", policy("a")),
      ],
      answer,
    );
    expect(exit).toBe(EXIT.ok);
    expect(body).toEqual({
      cluster_name: "prod",
      target: { namespace: "payments", kind: "deployment", name: "api" },
      policy_facts: { features: ["steal"], http_filter: null, profile: null, copy_target: false },
      env: ["DB_PASSWORD"],
      connections: [{ ip: "::1", hostname: null, port: 53, protocol: "UDP" }],
      drafts: [{ kind: "MirrordPolicy", name: "a", namespace: "payments", spec: { block: ["steal"] } }],
    });
    expect(out).toBe(
      [
        "refused",
        "",
        "POLICY      VERDICT  RULE   MISSING FACT",
        "payments/a  refused  steal  -",
        "",
        "PROBE                 RESULT",
        "variable DB_PASSWORD  excluded",
        "",
      ].join("\n"),
    );
    expect(await fakeRun(["policy", "test", "--expect", "allowed"], answer)).toMatchObject({
      exit: EXIT.failed,
      err: "license-server: Expected allowed, but the session is refused.\n",
    });
  });

  it("without a target the session is targetless; connections are shown as they were asked", async () => {
    let body: unknown;
    const answer: Answer = (_method, _url, sent) => {
      body = sent.body;
      const changes = [
        { kind: "MirrordPolicy", namespace: "payments", name: "a", field: "fs.readOnly", values: [".*", "^/x"] },
      ];
      const reasons = [{ ...verdict.reasons[0], verdict: "unknown", missing: "labels" }];
      return Response.json({
        ...verdict,
        reasons,
        changes,
        env: [],
        connections: [{ verdict: "refused", policies: [] }],
      });
    };
    const { out } = await fakeRun(["policy", "test", "--connect", "db.example.com:5432"], answer);
    expect(body).toMatchObject({ target: { namespace: "default", kind: "targetless", name: "targetless" } });
    expect(out).toContain("unknown  steal  labels (--label)\n");
    expect(out).toContain("connection db.example.com:5432  refused\n");
    expect(out).toContain("payments/a  fs.readOnly  .*\npayments/a  fs.readOnly  ^/x\n");
  });

  it("impact skips profiles, and says so", async () => {
    const drafts: unknown[] = [];
    const answer: Answer = (_method, _url, { body }) => {
      drafts.push((body as { draft: { name: string } }).draft.name);
      const period = { from: "2026-08-23T00:00:00Z", to: "2026-11-21T00:00:00Z" };
      return Response.json({ ...period, in_scope: 0, refused: 0, changed: 0, unknown: [] });
    };
    const both = await fakeRun(["policy", "impact", "-f", file("a.yaml", profile("p"), policy("a"))], answer);
    expect([both.exit, drafts]).toEqual([EXIT.ok, ["a"]]);
    expect(both.err).toContain("a.yaml:1: MirrordClusterProfile p is skipped: a profile refuses no session.\n");
    const none = await fakeRun(["policy", "impact", "-f", file("b.yaml", profile("p"))], answer);
    expect(none.exit).toBe(EXIT.notFound);
    expect(none.err).toContain("license-server: The files have no policy.\n");
  });

  it("refuse a session that they cannot read, with every fault", async () => {
    const { exit, err, requests } = await fakeRun([
      "policy",
      "test",
      "--target",
      "x",
      "--label",
      "y",
      "--connect",
      "z",
    ]);
    expect([exit, requests]).toEqual([EXIT.usage, []]);
    expect(err.match(/use KIND\/NAME|use KEY=VALUE|use HOST:PORT/g)).toHaveLength(3);
  });

  it("impact works on a job until it has its result", async () => {
    const job = (sessions: number) => ({ job: { id: "j-1", state: "running", sessions, day: "2026-11-01" } });
    const impact = {
      from: "2026-10-22T00:00:00Z",
      to: "2026-11-21T00:00:00Z",
      in_scope: 3,
      refused: 2,
      changed: 1,
      unknown: [],
    };
    let looks = 0;
    const answer: Answer = (method, _url, { body }) => {
      if (method === "POST") {
        expect(body).toMatchObject({ each_session: true, days: 30 });
        return Response.json(job(0), { status: 202 });
      }
      looks += 1;
      return Response.json(looks < 3 ? job(looks * 1_000) : impact);
    };
    const { exit, out, requests } = await fakeRun(
      ["policy", "impact", "-f", file("a.yaml", policy("a")), "--each-session"],
      answer,
    );
    expect(exit).toBe(EXIT.ok);
    expect(requests.slice(1)).toEqual(Array(3).fill("GET /api/v1/jobs/j-1"));
    expect(out).toContain("would be refused  2");
  });

  it("impact says what it cannot know", async () => {
    const answer: Answer = (_method, _url, { body }) => {
      expect(body).toMatchObject({ draft: { name: "a", namespace: "payments" }, days: 90 });
      return Response.json({
        from: "2026-08-23T00:00:00Z",
        to: "2026-11-21T00:00:00Z",
        in_scope: 812,
        refused: null,
        changed: null,
        unknown: [{ reason: "no_facts", sessions: 812 }],
      });
    };
    expect((await fakeRun(["policy", "impact", "-f", file("a.yaml", policy("a")), "--days", "90"], answer)).out).toBe(
      [
        "MirrordPolicy payments/a",
        "Sessions from 2026-08-23 to 2026-11-21",
        "SESSIONS                                  NUMBER",
        "in scope                                  812",
        "would be refused                          not known",
        "would be changed                          not known",
        "no answer: recorded without policy facts  812",
        "",
      ].join("\n"),
    );
  });
});
