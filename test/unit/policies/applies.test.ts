import { describe, expect, it } from "vitest";
import type { PolicyFacts } from "../../../shared/contract/policy-facts.ts";
import { evaluate } from "../../../shared/policies/evaluate.ts";
import { applying, policy, session } from "./support.ts";

const labels = { component: "webserver", colour: "blue" };

describe("where a policy applies", () => {
  it("a MirrordPolicy applies only to targets in its own namespace", () => {
    expect(applying({}, session("deploy/boats"), { namespace: "default" })).toBe("yes");
    expect(applying({}, session("deploy/boats"), { namespace: "books" })).toBe("no");
  });

  it("a MirrordClusterPolicy applies to all targets in the cluster", () => {
    expect(applying({}, session("deploy/boats"))).toBe("yes");
    const books = { target: { namespace: "books", kind: "deploy", name: "boats" } };
    expect(applying({}, session("deploy/boats", {}, books))).toBe("yes");
  });

  it("both kinds have exactly the same specification", () => {
    const spec = { targetPath: "deploy/*", block: ["steal"] };
    const steals = session("deploy/boats", { features: ["steal"] });
    const [one, other] = [policy(spec), policy(spec, { namespace: "default" })].map((entry) =>
      evaluate([entry], steals),
    );
    expect(one?.verdict).toBe("refused");
    expect(other?.verdict).toBe("refused");
  });

  it("by default it applies to all targets in the namespace or cluster", () => {
    for (const path of ["deploy/x", "pod/x/container/c", "targetless", "label/x"]) {
      expect(applying({}, session(path))).toBe("yes");
      expect(applying({ targetPath: null, selector: null }, session(path))).toBe("yes");
    }
  });

  it.each([
    ["deploy/*", "deploy/boats", "yes"],
    ["deploy/*", "pod/boats", "no"],
    ["*boats*", "pod/boats-2kljw9", "yes"],
    ["*boats*", "pod/whatever-23oije2/container/boats-container", "yes"],
    ["*boats*", "deploy/ships", "no"],
    ["deploy/boat?", "deploy/boats", "yes"],
    ["deploy/boat?", "deploy/boat", "no"],
    ["deploy/my-deployment", "deploy/my-deployment/container/app", "no"],
    ["deploy/my-deployment*", "deploy/my-deployment/container/app", "yes"],
    ["deploy/my-deployment*", "deploy/my-deployment-1", "yes"],
    ["*/container/app*", "pod/x/container/appcontainer", "yes"],
    ["*/container/*", "pod/x", "no"],
    ["targetless", "targetless", "yes"],
    ["deploy/*", "targetless", "no"],
    ["Deploy/*", "deploy/boats", "no"],
  ])("with target semantics %s over %s: %s", (targetPath, path, applies) => {
    expect(applying({ targetPath }, session(path))).toBe(applies);
  });

  it.each([
    ["Deployment", "deploy"],
    ["deployments", "deploy"],
    ["Pod", "pod"],
    ["Rollout", "rollout"],
    ["StatefulSet", "statefulset"],
    ["ReplicaSet", "replicaset"],
    ["Job", "job"],
    ["CronJob", "cronjob"],
    ["Service", "service"],
    ["podset", "label"],
    ["Targetless", "targetless"],
    ["Widget", "widget"],
  ])("the kind %s of a target is %s in its path", (kind, type) => {
    const target = { namespace: "default", kind, name: "x" };
    const targetPath = type === "targetless" ? type : `${type}/x`;
    expect(applying({ targetPath }, session("x", {}, { target }))).toBe("yes");
  });

  it("is skipped by copy targets, unless it applies to copy targets; then the original target is judged", () => {
    const copy = session("deploy/boats", { copy_target: true });
    expect(applying({}, copy)).toBe("no");
    expect(applying({ appliesToCopyTargets: false }, copy)).toBe("no");
    expect(applying({ appliesToCopyTargets: true, targetPath: "deploy/boats" }, copy)).toBe("yes");
    expect(applying({ appliesToCopyTargets: true, targetPath: "pod/*" }, copy)).toBe("no");
  });

  it("is for clusters by glob over their names, or by id", () => {
    const on = (clusters: string[], cluster: { id: string | undefined; name: string | undefined }) =>
      applying({}, session("deploy/x", {}, { cluster }), { clusters });
    const prod = { id: "uid-1", name: "prod-eu" };
    expect(on(["prod-*"], prod)).toBe("yes");
    expect(on(["dev", "id:uid-1"], prod)).toBe("yes");
    expect(on(["id:uid-*"], prod)).toBe("no");
    expect(on(["id:uid-*"], { id: undefined, name: "id:uid-1" })).toBe("no");
    const unnamed = { id: "uid-1", name: undefined };
    expect([on(["*"], unnamed), on(["id:uid-1"], unnamed), on(["**"], unnamed), on(["?*"], unnamed)]).toEqual([
      "yes",
      "yes",
      "no",
      "no",
    ]);
  });
});

describe("a selector", () => {
  const selecting = (selector: object, of: PolicyFacts["labels"]) =>
    applying({ selector }, session("deploy/x", { labels: of }));
  const rule = (key: string, operator: string, ...values: string[]) => ({
    matchExpressions: [{ key, operator, values }],
  });

  it.each([
    ["matchLabels needs the very value", { matchLabels: { component: "webserver" } }, "yes"],
    ["matchLabels refuses another value", { matchLabels: { component: "Webserver" } }, "no"],
    ["all of its rules must match", { matchLabels: { component: "webserver", absent: "x" } }, "no"],
    ["In needs one of the values", rule("colour", "In", "red", "blue"), "yes"],
    ["In refuses other values", rule("colour", "In", "red"), "no"],
    ["In refuses an absent label", rule("absent", "In", "x"), "no"],
    ["NotIn refuses the values", rule("colour", "NotIn", "blue"), "no"],
    ["NotIn accepts other values", rule("colour", "NotIn", "red"), "yes"],
    ["NotIn accepts an absent label", rule("absent", "NotIn", "x"), "yes"],
    ["Exists needs the label", rule("colour", "Exists"), "yes"],
    ["Exists refuses an absent label", rule("absent", "Exists"), "no"],
    ["DoesNotExist refuses the label", rule("colour", "DoesNotExist"), "no"],
    ["DoesNotExist accepts an absent label", rule("absent", "DoesNotExist"), "yes"],
    ["an empty selector matches everything", {}, "yes"],
    ["labels are no properties of objects", rule("constructor", "Exists"), "no"],
  ])("%s", (_, selector, applies) => {
    expect(selecting(selector, labels)).toBe(applies);
  });

  it("matches no labels where the target has none, and is not decided where they are not known", () => {
    expect(selecting({ matchLabels: { component: "webserver" } }, null)).toBe("no");
    expect(selecting(rule("absent", "DoesNotExist"), null)).toBe("yes");
    expect(selecting({ matchLabels: { component: "webserver" } }, undefined)).toBe("labels");
    expect(selecting({}, undefined)).toBe("yes");
  });

  it("counts together with the target path", () => {
    const spec = { targetPath: "deploy/*", selector: { matchLabels: { component: "webserver" } } };
    expect(applying(spec, session("deploy/x", { labels }))).toBe("yes");
    expect(applying(spec, session("pod/x", { labels }))).toBe("no");
    expect(applying(spec, session("deploy/x", { labels: {} }))).toBe("no");
    expect(applying(spec, session("pod/x", { labels: undefined }))).toBe("no");
  });

  it("of a run without target sees no labels, whether they are known or not", () => {
    const spec = { selector: { matchLabels: { component: "webserver" } } };
    for (const operator_semantics of ["target", "owners"] as const)
      expect(applying(spec, session("targetless", { labels: undefined, owners: undefined, operator_semantics }))).toBe(
        "no",
      );
  });
});

describe("with the semantics before 3.200 (target)", () => {
  it("a policy applies to the given target only: a pod of the Deployment is not affected", () => {
    const owners = [{ kind: "Deployment", name: "boats", labels: null }];
    expect(applying({ targetPath: "deploy/boats*" }, session("deploy/boats"))).toBe("yes");
    expect(applying({ targetPath: "deploy/boats*" }, session("pod/boats-1", { owners }))).toBe("no");
  });

  it("the selector uses the labels of the given target, workload or pod", () => {
    const spec = { selector: { matchLabels: { colour: "blue" } } };
    const owners = [{ kind: "deploy", name: "boats", labels: { colour: "blue" } }];
    expect(applying(spec, session("pod/boats-1", { labels: { colour: "red" }, owners }))).toBe("no");
    expect(applying(spec, session("pod/boats-1", { labels: { colour: "blue" } }))).toBe("yes");
    expect(applying(spec, session("deploy/boats", { labels: { colour: "blue" } }))).toBe("yes");
  });
});

describe("with the semantics from 3.200 on (owners)", () => {
  const owned = (path: string, facts: PolicyFacts = {}) =>
    session(path, {
      operator_semantics: "owners",
      owners: [
        { kind: "ReplicaSet", name: "boats-5f", labels: null },
        { kind: "Deployment", name: "boats", labels: { colour: "blue" } },
      ],
      ...facts,
    });

  it("a policy on deploy/x also applies to the ReplicaSets and pods that deploy/x owns", () => {
    expect(applying({ targetPath: "deploy/boats" }, owned("pod/boats-5f-1"))).toBe("yes");
    expect(applying({ targetPath: "deploy/boats" }, owned("replicaset/boats-5f"))).toBe("yes");
    expect(applying({ targetPath: "deploy/boats" }, owned("pod/other", { owners: null }))).toBe("no");
  });

  it("a policy on a pod does not apply to the Deployment that owns it", () => {
    expect(applying({ targetPath: "pod/*" }, owned("deploy/boats", { owners: null }))).toBe("no");
  });

  it("a policy on deploy/* with colour: blue applies to all pods of a blue Deployment, and to no pod of a yellow one", () => {
    const spec = { targetPath: "deploy/*", selector: { matchLabels: { colour: "blue" } } };
    expect(applying(spec, owned("pod/boats-5f-1", { labels: { colour: "yellow" } }))).toBe("yes");
    const owners = [{ kind: "deploy", name: "boats", labels: { colour: "yellow" } }];
    expect(applying(spec, owned("pod/boats-5f-1", { labels: { colour: "blue" }, owners }))).toBe("no");
  });

  it.each([
    ["deploy/boats", "deploy/boats/container/app", "yes"],
    ["deploy/boats", "deploy/boats", "yes"],
    ["*/container/lib*", "deploy/boats/container/library", "yes"],
    ["*/container/lib*", "deploy/boats/container/app", "no"],
    ["*/container/lib*", "deploy/boats", "container"],
    ["*/container/*", "deploy/boats", "yes"],
    ["*/container/*", "targetless", "no"],
    ["deploy/boats/container/app", "pod/boats-5f-1/container/app", "yes"],
    ["/container/*", "deploy/boats/container/app", "no"],
    ["*/container/*", "deploy/boats/container/app", "yes"],
    ["*container*", "deploy/boats/container/app", "no"],
    ["*/cont*/app", "deploy/boats/container/app", "no"],
  ])(
    "the container part of %s counts only where /container/ is written out; over %s: %s",
    (targetPath, path, applies) => {
      expect(applying({ targetPath }, owned(path))).toBe(applies);
    },
  );

  it("a path without a part for the target matches nothing, with any owner", () => {
    const owners = [undefined, null, []];
    for (const some of owners)
      expect(applying({ targetPath: "/container/*" }, owned("pod/x/container/a", { owners: some }))).toBe("no");
  });

  it("is not decided where the owners, or their labels, are not known and could match", () => {
    expect(applying({ targetPath: "deploy/boats" }, owned("pod/x", { owners: undefined }))).toBe("owners");
    expect(applying({ targetPath: "pod/x" }, owned("pod/x", { owners: undefined }))).toBe("yes");
    expect(applying({}, owned("pod/x", { owners: undefined }))).toBe("yes");
    expect(
      applying({ targetPath: "deploy/boats/container/a" }, owned("pod/x/container/b", { owners: undefined })),
    ).toBe("no");
    const owners = [{ kind: "deploy", name: "boats" }];
    const selector = { matchLabels: { colour: "blue" } };
    expect(applying({ targetPath: "deploy/*", selector }, owned("pod/x", { owners }))).toBe("owners");
    expect(applying({ targetPath: "deploy/other", selector }, owned("pod/x", { owners }))).toBe("no");
  });
});

describe("without the operator's semantics", () => {
  const unknown = { operator_semantics: undefined, owners: [{ kind: "deploy", name: "boats", labels: null }] };

  it("a policy that both semantics read alike is decided", () => {
    expect(applying({ targetPath: "pod/*" }, session("pod/boats-1", unknown))).toBe("yes");
    expect(applying({ targetPath: "deploy/ships" }, session("pod/boats-1", unknown))).toBe("no");
  });

  it("the verdict is unknown where the two verdicts differ", () => {
    const steals = session("pod/boats-1", { ...unknown, features: ["steal"] });
    const found = evaluate([policy({ targetPath: "deploy/boats", block: ["steal"] })], steals);
    expect(found).toMatchObject({
      verdict: "unknown",
      policies: [{ name: "p", applies: "unknown" }],
      reasons: [{ verdict: "unknown", rule: "steal", missing: "operator_semantics" }],
    });
  });

  it("two policies that refuse it by one of the semantics each refuse it together", () => {
    const steals = session("pod/boats-1/container/a", { ...unknown, features: ["steal"] });
    const entries = [
      policy({ targetPath: "deploy/boats", block: ["steal"] }, { name: "by-owners" }),
      policy({ targetPath: "pod/*con*", block: ["steal"] }, { name: "by-target" }),
    ];
    const found = evaluate(entries, steals);
    expect(found.verdict).toBe("refused");
    expect(found.reasons.map(({ name, verdict }) => [name, verdict])).toEqual([
      ["by-owners", "refused"],
      ["by-target", "refused"],
    ]);
  });
});
