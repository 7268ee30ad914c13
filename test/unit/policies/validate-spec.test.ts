import { describe, expect, it } from "vitest";
import { CATALOG_KINDS, type CatalogKind } from "../../../shared/contract/catalog.ts";
import { validateSpec } from "../../../shared/policies/spec/validate.ts";

const check = (spec: unknown, kind: CatalogKind = "MirrordPolicy", allowUnknown = false) =>
  validateSpec(kind, spec, { allowUnknown });
const paths = (spec: unknown, kind?: CatalogKind) => check(spec, kind).faults.map(({ path }) => path);

const FULL = {
  targetPath: "deploy/*",
  selector: {
    matchLabels: { "app.kubernetes.io/name": "web", tier: "" },
    matchExpressions: [
      { key: "a", operator: "In", values: ["x"] },
      { key: "b", operator: "NotIn", values: ["y"] },
      { key: "c", operator: "Exists" },
      { key: "d", operator: "DoesNotExist", values: [] },
    ],
  },
  block: ["steal", "steal-without-filter", "mirror", "copy-target-scale-down"],
  env: { exclude: ["*_URL"] },
  fs: { readOnly: [".+\\.json"], local: ["^/etc/"], notFound: ["secret"] },
  network: {
    incoming: { httpFilter: { headerFilter: "^username: .+" } },
    outgoing: {
      allow: [{ ipBlock: { cidr: "10.0.0.0/16", except: ["10.0.1.0/24"] }, ports: [{ protocol: "TCP", port: 0 }] }],
      block: [{ hostname: ".*\\.example", ports: [] }, { ipBlock: { cidr: "fd00::/8" } }],
    },
  },
  requireProfile: true,
  profileAllowlist: ["team-a", "books/team-b"],
  appliesToCopyTargets: true,
  splitQueues: {
    requireFilter: true,
    filters: [{ queueId: "orders", queueType: "sqs", rules: { allOf: [{ key: "user", pattern: "^me$" }] } }],
  },
};

describe("the spec of a policy", () => {
  it.each(["MirrordPolicy", "MirrordClusterPolicy"] as const)(
    "of %s has every field of the custom resource",
    (kind) => {
      expect(check(FULL, kind)).toEqual({ faults: [], warnings: [], unknown: [] });
    },
  );

  it("needs block alone, which can be empty", () => {
    expect(paths({ block: [] })).toEqual([]);
    expect(check({})).toMatchObject({ faults: [{ path: "spec.block", message: "is required" }] });
  });

  it("may have null where the custom resource may", () => {
    const network = {
      incoming: { httpFilter: { headerFilter: null } },
      outgoing: { allow: [{ ipBlock: null, hostname: null }] },
    };
    const selector = { matchLabels: null, matchExpressions: null };
    expect(paths({ block: [], targetPath: null, selector: null, profileAllowlist: null, network })).toEqual([]);
    expect(paths({ block: [], selector })).toEqual([]);
    expect(paths({ block: [], env: null, requireProfile: null })).toEqual(["spec.env", "spec.requireProfile"]);
  });

  it.each([
    [{ block: [], targetPath: "" }, "spec.targetPath"],
    [{ block: [], targetPath: "x".repeat(257) }, "spec.targetPath"],
    [{ block: "steal" }, "spec.block"],
    [{ block: [7] }, "spec.block.0"],
    [{ block: [], env: { exclude: ["ok", "x".repeat(257)] } }, "spec.env.exclude.1"],
    [{ block: [], fs: { local: ["("] } }, "spec.fs.local.0"],
    [{ block: [], fs: { readOnly: ["x".repeat(1_001)] } }, "spec.fs.readOnly.0"],
    [{ block: [], fs: [] }, "spec.fs"],
    [
      { block: [], network: { incoming: { httpFilter: { headerFilter: "[" } } } },
      "spec.network.incoming.httpFilter.headerFilter",
    ],
    [{ block: [], network: { outgoing: { allow: [{ hostname: "*x" }] } } }, "spec.network.outgoing.allow.0.hostname"],
    [{ block: [], network: { outgoing: { block: [{ ipBlock: {} }] } } }, "spec.network.outgoing.block.0.ipBlock.cidr"],
    [
      { block: [], network: { outgoing: { block: [{ ipBlock: { cidr: "10.0.0.0" } }] } } },
      "spec.network.outgoing.block.0.ipBlock.cidr",
    ],
    [
      { block: [], network: { outgoing: { block: [{ ipBlock: { cidr: "10.0.0.0/33" } }] } } },
      "spec.network.outgoing.block.0.ipBlock.cidr",
    ],
    [
      { block: [], network: { outgoing: { block: [{ ipBlock: { cidr: "::/0", except: ["x"] } }] } } },
      "spec.network.outgoing.block.0.ipBlock.except.0",
    ],
    [
      { block: [], network: { outgoing: { block: [{ ports: [{ protocol: "TCP", port: 65_536 }] }] } } },
      "spec.network.outgoing.block.0.ports.0.port",
    ],
    [
      { block: [], network: { outgoing: { block: [{ ports: [{ protocol: "TCP" }] }] } } },
      "spec.network.outgoing.block.0.ports.0.port",
    ],
    [
      { block: [], network: { outgoing: { block: [{ ports: [{ port: 1.5, protocol: "TCP" }] }] } } },
      "spec.network.outgoing.block.0.ports.0.port",
    ],
    [{ block: [], selector: { matchLabels: { a: 1 } } }, "spec.selector.matchLabels.a"],
    [{ block: [], selector: { matchLabels: { "-a": "x" } } }, "spec.selector.matchLabels.-a"],
    [{ block: [], selector: { matchLabels: { a: "x y" } } }, "spec.selector.matchLabels.a"],
    [
      { block: [], selector: { matchExpressions: [{ key: "a", operator: "In" }] } },
      "spec.selector.matchExpressions.0.values",
    ],
    [
      { block: [], selector: { matchExpressions: [{ key: "a", operator: "NotIn", values: [] }] } },
      "spec.selector.matchExpressions.0.values",
    ],
    [
      { block: [], selector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["x"] }] } },
      "spec.selector.matchExpressions.0.values",
    ],
    [
      { block: [], selector: { matchExpressions: [{ key: "a", operator: "DoesNotExist", values: ["x"] }] } },
      "spec.selector.matchExpressions.0.values",
    ],
    [{ block: [], selector: { matchExpressions: [{ operator: "Exists" }] } }, "spec.selector.matchExpressions.0.key"],
    [{ block: [], profileAllowlist: ["Team A"] }, "spec.profileAllowlist.0"],
    [{ block: [], profileAllowlist: ["a/b/c"] }, "spec.profileAllowlist.0"],
    [{ block: [], requireProfile: "yes" }, "spec.requireProfile"],
    [{ block: Array(501).fill("steal") }, "spec.block"],
  ])("%j has its one fault at %s", (spec, path) => {
    expect(paths(spec)).toEqual([path]);
  });

  it.each([undefined, null, [], "block: []", 7])("is an object, and not %j", (spec) => {
    expect(paths(spec)).toEqual(["spec"]);
  });

  it("has all of its faults returned at once", () => {
    const spec = {
      block: ["stael"],
      env: { exclude: [1] },
      fs: { local: ["("] },
      selector: { matchLabels: { "": "x" } },
      colour: 1,
    };
    expect(new Set(paths(spec))).toEqual(
      new Set(["spec.block.0", "spec.env.exclude.0", "spec.fs.local.0", "spec.selector.matchLabels.", "spec.colour"]),
    );
  });

  it("may have unknown fields and values only where they are allowed", () => {
    const spec = { block: ["steal", "teleport"], future: { a: 1 }, env: { only: [] } };
    expect(new Set(paths(spec))).toEqual(new Set(["spec.block.1", "spec.future", "spec.env.only"]));
    const allowed = check(spec, "MirrordPolicy", true);
    expect(allowed.faults).toEqual([]);
    expect(new Set(allowed.unknown.map(({ path }) => path))).toEqual(new Set(paths(spec)));
    expect(check({ ...spec, block: [1] }, "MirrordPolicy", true).faults.map(({ path }) => path)).toEqual([
      "spec.block.0",
    ]);
  });

  it("is at most 32 KiB as JSON", () => {
    const of = (length: number) => ({ block: [], env: { exclude: Array(499).fill("x".repeat(length)) } });
    expect(paths(of(60))).toEqual([]);
    expect(check(of(64)).faults[0]?.message).toMatch(/^must be at most 32768 bytes as JSON; it has 3/);
  });

  it("is accepted with a warning where the dialects of regular expressions part", () => {
    const spec = { block: [], fs: { local: ["(?=a)b", "fine"], notFound: ["(a)\\1"] } };
    expect(check(spec)).toMatchObject({
      faults: [],
      warnings: [
        { path: "spec.fs.local.0", message: expect.stringContaining("look-around") },
        { path: "spec.fs.notFound.0", message: expect.stringContaining("back-reference") },
      ],
    });
  });

  it.each(["deployment/x", "boats", "/container/*", "Deploy/x"])("warns that %s matches no target", (targetPath) => {
    expect(check({ block: [], targetPath })).toMatchObject({ faults: [], warnings: [{ path: "spec.targetPath" }] });
  });

  it.each(["deploy/x", "*boats*", "targetless", "*/container/app", "label/*"])(
    "has no warning for %s",
    (targetPath) => {
      expect(check({ block: [], targetPath })).toEqual({ faults: [], warnings: [], unknown: [] });
    },
  );
});

describe("the spec of a profile", () => {
  it.each(["MirrordProfile", "MirrordClusterProfile"] as const)("of %s is a list of changes", (kind) => {
    const changes = [
      "incoming-mirror",
      "incoming-steal",
      "incoming-off",
      "dns-remote",
      "dns-off",
      "outgoing-remote",
      "outgoing-off",
    ];
    expect(paths({ featureAdjustments: changes.map((change) => ({ change })) }, kind)).toEqual([]);
    expect(paths({}, kind)).toEqual(["spec.featureAdjustments"]);
    expect(
      paths({ featureAdjustments: [{}, { change: "x" }, { change: "dns-off", more: 1 }], block: [] }, kind),
    ).toEqual([
      "spec.featureAdjustments.0.change",
      "spec.featureAdjustments.1.change",
      "spec.featureAdjustments.2.more",
      "spec.block",
    ]);
  });
});

it("no spec can make the check throw", () => {
  for (const kind of CATALOG_KINDS)
    for (const spec of [
      { selector: [] },
      { selector: { matchExpressions: [null, 3] } },
      { block: [[]], network: { outgoing: { allow: [null] } } },
      { __proto__: null },
    ])
      expect(check(spec, kind).faults.length).toBeGreaterThan(0);
});
