import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../shared/policies/evaluate.ts";
import { validateSpec } from "../../../shared/policies/spec/validate.ts";
import type { JudgedSession } from "../../../shared/policies/types.ts";
import { parseEntries } from "../../../shared/policies/yaml/parse.ts";
import { FACTS } from "./support.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/policies.md"), "utf8");

/** The YAML of the page, by the heading above it. */
const examples = [...page.matchAll(/^(### \d+\. .+|## An entry)$[\s\S]*?^```yaml\n([\s\S]*?)^```$/gm)].map(
  ([, heading = "", yaml = ""]) => ({ title: heading.replace(/^#+ /, ""), yaml }),
);

it("docs/policies.md has ten examples", () => {
  expect(examples.filter(({ title }) => /^\d/.test(title)).map(({ title }) => Number.parseInt(title, 10))).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ]);
});

it.each(examples)("the YAML of $title is valid, without a warning", ({ yaml }) => {
  const { entries, faults, notices } = parseEntries(yaml);
  expect([faults, notices]).toEqual([[], []]);
  expect(entries.length).toBeGreaterThan(0);
  for (const { kind, spec } of entries)
    expect(validateSpec(kind, spec, { allowUnknown: false })).toMatchObject({ faults: [], warnings: [] });
});

const entriesOf = (number: number) =>
  parseEntries(examples.find(({ title }) => title.startsWith(`${number}. `))?.yaml ?? "").entries.map((entry) => ({
    ...entry,
    clusters: entry.clusters ?? ["*"],
  }));

type Session = {
  target?: string;
  namespace?: string;
  cluster?: string;
  id?: string;
  facts?: JudgedSession["facts"];
};

const judged = (
  number: number,
  { target = "deploy/api", namespace = "default", cluster = "prod-eu", id, facts }: Session,
) => {
  const [kind = "", name = "", , container] = target.split("/");
  return evaluate(entriesOf(number), {
    cluster: { id, name: cluster },
    target: { namespace, kind, name, ...(container === undefined ? {} : { container }) },
    facts: { ...FACTS, operator_semantics: "owners", owners: [], labels: {}, ...facts },
  });
};

const steal = { features: ["steal"] };
const mirror = { features: ["mirror"] };
const FREEZE = "6a1f0c9e-0d5b-4f7e-9a55-0c1f8a3f2b11";

describe("each example of docs/policies.md does what the text above it says", () => {
  it.each<[number, string, Session, string]>([
    [1, "stealing in production", { namespace: "payments", facts: steal }, "refused"],
    [1, "mirroring in production", { namespace: "payments", facts: mirror }, "allowed"],
    [1, "stealing in staging", { namespace: "payments", cluster: "staging", facts: steal }, "allowed"],
    [2, "stealing without a filter", { namespace: "shared", facts: steal }, "refused"],
    [
      2,
      "with a user's header",
      { namespace: "shared", facts: { ...steal, http_filter: { header: "x-user: ana" } } },
      "allowed",
    ],
    [
      2,
      "with another header",
      { namespace: "shared", facts: { ...steal, http_filter: { header: "x-test: 1" } } },
      "refused",
    ],
    [3, "any session", { facts: steal }, "allowed"],
    [4, "no profile", { namespace: "checkout", facts: mirror }, "refused"],
    [4, "a profile of the team", { namespace: "checkout", facts: { ...mirror, profile: "checkout/watch" } }, "allowed"],
    [4, "another profile", { namespace: "checkout", facts: { ...mirror, profile: "other" } }, "refused"],
    [5, "a session as such", { facts: steal }, "allowed"],
    [6, "stealing", { facts: steal }, "refused"],
    [6, "mirroring", { facts: mirror }, "allowed"],
    [6, "stealing from a copied target", { facts: { ...steal, copy_target: true } }, "refused"],
    [
      7,
      "scale-down of a stateful set",
      { target: "statefulset/db", facts: { features: ["copy-target-scale-down"], copy_target: true } },
      "refused",
    ],
    [
      7,
      "scale-down of a deployment",
      { facts: { features: ["copy-target-scale-down"], copy_target: true } },
      "allowed",
    ],
    [8, "stealing from a critical workload", { facts: { ...steal, labels: { tier: "critical" } } }, "refused"],
    [
      8,
      "the same in a test environment",
      { facts: { ...steal, labels: { tier: "critical", environment: "test" } } },
      "allowed",
    ],
    [9, "stealing from a sidecar", { target: "pod/api-1/container/istio-proxy", facts: steal }, "refused"],
    [9, "stealing from the service itself", { target: "pod/api-1/container/api", facts: steal }, "allowed"],
    [10, "mirroring in the frozen cluster", { id: FREEZE, facts: mirror }, "refused"],
    [10, "mirroring elsewhere", { id: "other", facts: mirror }, "allowed"],
  ])("%i: %s", (number, _what, session, verdict) => {
    expect(judged(number, session).verdict).toBe(verdict);
  });

  it("3, 5 and 6 change sessions without refusing them", () => {
    const changed = (number: number) => judged(number, { facts: mirror }).changes.map(({ field }) => field);
    expect(changed(3)).toEqual(["env.exclude", "fs.notFound"]);
    expect(changed(5)).toEqual(["network.outgoing.block"]);
    expect(changed(6)).toEqual(["fs.readOnly", "network.outgoing.allow"]);
  });
});
