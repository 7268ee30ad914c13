import { describe, expect, it } from "vitest";
import type { HttpFilter, PolicyFacts } from "../../../shared/contract/policy-facts.ts";
import { evaluate } from "../../../shared/policies/evaluate.ts";
import { FACTS, policy, session, verdict } from "./support.ts";

const uses = (features: string[], facts: PolicyFacts = {}) => session("deploy/boats", { features, ...facts });

describe("what a policy blocks", () => {
  it("steal prevents stealing traffic from the targeted pods", () => {
    expect(verdict({ block: ["steal"] }, uses(["steal"], { http_filter: { header: "a" } }))).toBe("refused");
    expect(verdict({ block: ["steal"] }, uses(["mirror"]))).toBe("allowed");
  });

  it("steal-without-filter prevents stealing, unless an HTTP filter is used", () => {
    const spec = { block: ["steal-without-filter"] };
    expect(verdict(spec, uses(["steal"]))).toBe("refused");
    for (const http_filter of [
      { header: "a" },
      { path: "/" },
      { method: "GET" },
      { body: "x" },
      { all_of: [{ path: "/" }] },
    ])
      expect(verdict(spec, uses(["steal"], { http_filter }))).toBe("allowed");
    expect(verdict(spec, uses(["mirror"]))).toBe("allowed");
  });

  it("mirror prevents mirroring traffic from the targeted pods", () => {
    expect(verdict({ block: ["mirror"] }, uses(["mirror"]))).toBe("refused");
    expect(verdict({ block: ["mirror"] }, uses(["steal"]))).toBe("allowed");
  });

  it("copy-target-scale-down prevents it where the policy applies to copy targets", () => {
    const copy = uses(["copy-target-scale-down"], { copy_target: true });
    expect(verdict({ block: ["copy-target-scale-down"], appliesToCopyTargets: true }, copy)).toBe("refused");
    expect(verdict({ block: ["copy-target-scale-down"] }, copy)).toBe("allowed");
  });

  it("an empty block blocks nothing, and features that no policy can block are not judged", () => {
    expect(verdict({}, uses(["steal", "mirror", "outgoing", "dns"]))).toBe("allowed");
  });

  it("the example of the documents blocks mirroring and unfiltered stealing from the web servers of books alone", () => {
    const spec = {
      targetPath: "deploy/*",
      selector: { matchLabels: { component: "webserver" } },
      block: ["steal-without-filter", "mirror"],
    };
    const entry = policy(spec, { namespace: "books", name: "block-unfiltered-stealing-from-webserver-deployments" });
    const of = (namespace: string, component: string, facts: PolicyFacts) =>
      evaluate([entry], {
        ...session("deploy/shop", { labels: { component }, ...facts }),
        target: { namespace, kind: "deploy", name: "shop" },
      }).verdict;
    expect(of("books", "webserver", { features: ["mirror"] })).toBe("refused");
    expect(of("books", "webserver", { features: ["steal"] })).toBe("refused");
    expect(of("books", "webserver", { features: ["steal"], http_filter: { header: "x" } })).toBe("allowed");
    expect(of("books", "database", { features: ["mirror"] })).toBe("allowed");
    expect(of("shoes", "webserver", { features: ["mirror"] })).toBe("allowed");
  });

  it("blocks of several policies add up, and each that refuses is named", () => {
    const entries = [
      policy({ block: ["steal"] }, { name: "a" }),
      policy({ block: ["mirror"] }, { name: "b", namespace: "default" }),
      policy({ block: ["mirror"] }, { name: "elsewhere", clusters: ["dev"] }),
    ];
    expect(evaluate(entries, uses(["mirror", "steal"]))).toEqual({
      verdict: "refused",
      policies: [
        { kind: "MirrordClusterPolicy", namespace: null, name: "a", applies: "yes" },
        { kind: "MirrordPolicy", namespace: "default", name: "b", applies: "yes" },
      ],
      reasons: [
        { kind: "MirrordClusterPolicy", namespace: null, name: "a", verdict: "refused", rule: "steal", missing: null },
        { kind: "MirrordPolicy", namespace: "default", name: "b", verdict: "refused", rule: "mirror", missing: null },
      ],
      changes: [],
    });
  });
});

describe("a required header filter", () => {
  const spec = { network: { incoming: { httpFilter: { headerFilter: "^username: .+" } } } };
  const steals = (http_filter: HttpFilter | null) => uses(["steal"], { http_filter });

  it("turns on steal-without-filter", () => {
    expect(evaluate([policy(spec)], steals(null))).toMatchObject({
      verdict: "refused",
      reasons: [{ rule: "steal-without-filter", verdict: "refused" }],
    });
  });

  it("must match the text of the user's header filter, in any part of it", () => {
    expect(verdict(spec, steals({ header: "username: foobar" }))).toBe("allowed");
    expect(verdict(spec, steals({ header: "x-user: foobar" }))).toBe("refused");
    const inside = { network: { incoming: { httpFilter: { headerFilter: "foo" } } } };
    expect(verdict(inside, steals({ header: "username: foobar" }))).toBe("allowed");
  });

  it("of a filter without a header is not met", () => {
    for (const filter of [{ path: "/username: x" }, { method: "GET" }, { body: "username: x" }])
      expect(verdict(spec, steals(filter))).toBe("refused");
  });

  it("in all_of needs at least one header filter that matches", () => {
    expect(verdict(spec, steals({ all_of: [{ header: "username: foobar" }, { path: "/api.*" }] }))).toBe("allowed");
    expect(verdict(spec, steals({ all_of: [{ header: "x: y" }, { header: "username: foobar" }] }))).toBe("allowed");
    expect(verdict(spec, steals({ all_of: [{ header: "x: y" }, { path: "/api.*" }] }))).toBe("refused");
    expect(verdict(spec, steals({ all_of: [{ path: "/api.*" }] }))).toBe("refused");
  });

  it("in any_of needs all header filters to match, and at least one of them", () => {
    const both = [{ header: "username: foobar" }, { header: "username: baz2000" }];
    expect(verdict(spec, steals({ any_of: both }))).toBe("allowed");
    expect(verdict(spec, steals({ any_of: [...both, { path: "/" }] }))).toBe("allowed");
    expect(verdict(spec, steals({ any_of: [...both, { header: "x: y" }] }))).toBe("refused");
    expect(verdict(spec, steals({ any_of: [{ path: "/" }] }))).toBe("refused");
  });

  it("counts only for a session that steals", () => {
    expect(verdict(spec, uses(["mirror"], { http_filter: { header: "x: y" } }))).toBe("allowed");
    expect(verdict(spec, uses([]))).toBe("allowed");
  });

  it("that only an operator can read leaves the verdict unknown", () => {
    const of = (headerFilter: string) => ({ network: { incoming: { httpFilter: { headerFilter } } } });
    const found = evaluate([policy(of("^user(?=name)"))], steals({ header: "username: foobar" }));
    expect(found).toMatchObject({ verdict: "unknown", reasons: [{ rule: "headerFilter", missing: "pattern" }] });
    expect(verdict(of("^\\w+$"), steals({ header: "müller" }))).toBe("unknown");
    expect(verdict(of("^\\w+$"), steals({ header: "mueller" }))).toBe("allowed");
    expect(verdict(of("^user(?=name)"), steals(null))).toBe("refused");
  });

  it("null requires nothing", () => {
    expect(verdict({ network: { incoming: { httpFilter: { headerFilter: null } } } }, steals(null))).toBe("allowed");
  });
});

describe("profiles", () => {
  const selects = (profile: string | null) => session("deploy/boats", { profile });

  it("a user must select one if any of the policies that apply requires it", () => {
    const entries = [policy({ requireProfile: false }, { name: "a" }), policy({ requireProfile: true }, { name: "b" })];
    expect(evaluate(entries, selects(null))).toMatchObject({
      verdict: "refused",
      reasons: [{ name: "b", rule: "requireProfile" }],
    });
    expect(evaluate(entries, selects("any")).verdict).toBe("allowed");
    expect(evaluate(entries.slice(0, 1), selects(null)).verdict).toBe("allowed");
  });

  it("the selected one must be in every allow-list that applies", () => {
    const entries = [
      policy({ profileAllowlist: ["my-profile-1", "my-profile-2"] }, { name: "a" }),
      policy({ profileAllowlist: ["my-profile-2"] }, { name: "b" }),
      policy({ profileAllowlist: [], targetPath: "pod/*" }, { name: "elsewhere" }),
    ];
    expect(evaluate(entries, selects("my-profile-2")).verdict).toBe("allowed");
    expect(evaluate(entries, selects("my-profile-1"))).toMatchObject({
      verdict: "refused",
      reasons: [{ name: "b", rule: "profileAllowlist" }],
    });
  });

  it("without an allow-list there is no limit, and an empty list allows no profile", () => {
    expect(verdict({}, selects("any"))).toBe("allowed");
    expect(verdict({ profileAllowlist: null }, selects("any"))).toBe("allowed");
    expect(verdict({ profileAllowlist: [] }, selects("any"))).toBe("refused");
  });

  it("an allow-list does not require a profile; with requireProfile one of its profiles is enforced", () => {
    expect(verdict({ profileAllowlist: ["my-profile-1"] }, selects(null))).toBe("allowed");
    const enforced = { profileAllowlist: ["my-profile-1", "my-profile-2"], requireProfile: true };
    expect(
      ["my-profile-1", "my-profile-2", "my-profile-3", null].map((name) => verdict(enforced, selects(name))),
    ).toEqual(["allowed", "allowed", "refused", "refused"]);
  });

  it("a namespaced profile is another one than the cluster's of the same name", () => {
    expect(verdict({ profileAllowlist: ["team"] }, selects("default/team"))).toBe("refused");
    expect(verdict({ profileAllowlist: ["default/team"] }, selects("default/team"))).toBe("allowed");
  });
});

describe("a fact that is absent", () => {
  it.each([
    [{ block: ["steal"] }, { features: undefined }, "features"],
    [{ block: ["steal-without-filter"] }, { features: ["steal"], http_filter: undefined }, "http_filter"],
    [{ requireProfile: true }, { profile: undefined }, "profile"],
    [{ profileAllowlist: [] }, { profile: undefined }, "profile"],
    [{ block: ["mirror"] }, { features: ["mirror"], copy_target: undefined }, "copy_target"],
    [
      { block: ["mirror"], selector: { matchLabels: { a: "b" } } },
      { features: ["mirror"], labels: undefined },
      "labels",
    ],
    [{ splitQueues: { requireFilter: true } }, {}, "split_queues"],
    [{ splitQueues: { filters: [{ queueId: "x" }] } }, {}, "split_queues"],
    [{ future: true }, {}, "unknown_field"],
    [{ block: ["teleport"] }, {}, "unknown_field"],
    [{ block: ["steal"], future: true }, { features: ["steal"] }, "unknown_field"],
  ])("%j with %j is unknown because %s is missing, and never refused", (spec, facts, missing) => {
    const found = evaluate([policy(spec)], session("deploy/boats", facts));
    expect(found.verdict).toBe("unknown");
    expect(found.reasons.map((reason) => reason.missing)).toContain(missing);
    expect(found.reasons.map((reason) => reason.verdict)).not.toContain("refused");
  });

  it("does not matter where the policy does not need it", () => {
    expect(
      verdict(
        { block: ["steal"] },
        session("deploy/x", { profile: undefined, http_filter: undefined, labels: undefined, owners: undefined }),
      ),
    ).toBe("allowed");
    expect(verdict({ block: ["steal"], targetPath: "pod/*" }, session("deploy/x", { features: undefined }))).toBe(
      "allowed",
    );
    expect(verdict({ splitQueues: { requireFilter: false, filters: [] } }, session("deploy/x"))).toBe("allowed");
  });

  it("does not save a session from another policy that refuses it", () => {
    const entries = [policy({ requireProfile: true }, { name: "a" }), policy({ block: ["steal"] }, { name: "b" })];
    const found = evaluate(entries, uses(["steal"], { profile: undefined }));
    expect(found.verdict).toBe("refused");
    expect(found.reasons.map(({ name, verdict: of }) => [name, of])).toEqual([
      ["a", "unknown"],
      ["b", "refused"],
    ]);
  });
});

it("evaluate reads nothing but its arguments, and changes none of them", () => {
  const freeze = <T>(value: T): T => {
    if (typeof value === "object" && value !== null)
      for (const part of Object.values(Object.freeze(value))) freeze(part);
    return value;
  };
  const entries = freeze([policy({ block: ["steal"], selector: { matchLabels: { a: "b" } } })]);
  const of = freeze(session("deploy/x", { ...FACTS, features: ["steal"], labels: { a: "b" } }));
  expect(evaluate(entries, of)).toEqual(evaluate(entries, of));
});
