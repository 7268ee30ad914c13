import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEntries } from "../../../../shared/policies/yaml/parse.ts";
import { entriesToYaml, entryToYaml } from "../../../../shared/policies/yaml/write.ts";
import { runsOf } from "../../../support/deep.ts";

const POLICY = `apiVersion: policies.mirrord.metalbear.co/v1alpha
kind: MirrordPolicy
metadata:
  name: no-steal
  namespace: payments
spec:
  block: [steal]
`;

const messages = (text: string) =>
  parseEntries(text).faults.map(({ line, path, message }) => `${line} ${path}: ${message}`);
/** The policy with one line in place of another. */
const withLine = (line: string, other: string) => POLICY.replace(line, other);

describe("an entry in YAML", () => {
  it("has its kind, name, namespace, clusters and spec, and the line of each path", () => {
    const text = withLine(
      "  namespace: payments",
      '  namespace: payments\n  annotations:\n    mirrord-license-server/clusters: "prod-*, id:a"',
    );
    const { entries, faults, notices } = parseEntries(
      `# comment\n---\n${text}---\n${text.replace("no-steal", "two")}---\n`,
    );
    expect([faults, notices]).toEqual([[], []]);
    expect(
      entries.map(({ name, line, lineOf }) => [name, line, lineOf("spec.block.0"), lineOf("spec.none.x")]),
    ).toEqual([
      ["no-steal", 3, 11, 10],
      ["two", 13, 21, 20],
    ]);
    expect(entries[0]).toMatchObject({
      kind: "MirrordPolicy",
      namespace: "payments",
      clusters: ["prod-*", "id:a"],
      spec: { block: ["steal"] },
    });
  });

  it("may be JSON, and an item of a list", () => {
    const object = {
      apiVersion: "profiles.mirrord.metalbear.co/v1alpha",
      kind: "MirrordClusterProfile",
      metadata: { name: "a" },
      spec: { featureAdjustments: [] },
    };
    const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: [object, { ...object, spec: 1 }] }, null, 1);
    const { entries, faults } = parseEntries(text);
    expect(entries).toMatchObject([{ kind: "MirrordClusterProfile", name: "a", namespace: null, clusters: undefined }]);
    expect(faults).toEqual([{ line: 21, path: "spec", message: "must be an object" }]);
  });

  it("as kubectl prints it is read with a notice of each field that a cluster set", () => {
    const text = withLine(
      "  name: no-steal",
      `  name: no-steal
  uid: x
  resourceVersion: "4"
  labels:
    app.kubernetes.io/managed-by: mirrord-license-server
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: "{}"
    mirrord-license-server/revision: "4"`,
    );
    const { entries, faults, notices } = parseEntries(`${text}status: {}\n`);
    expect([entries.length, faults]).toEqual([1, []]);
    expect(notices.map(({ path }) => path)).toEqual([
      "metadata.uid",
      "metadata.resourceVersion",
      "metadata.labels.app.kubernetes.io/managed-by",
      "metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
      "metadata.annotations.mirrord-license-server/revision",
      "status",
    ]);
  });

  it("is left out with a fault, and all faults of all documents come at once", () => {
    const faulty = withLine("no-steal", "No_Steal").replace("/v1alpha", "/v1").replace("spec:", "extra: 1\nspec:");
    expect(messages(`${POLICY}---\n${faulty}---\nkind: Pod\nmetadata: 1\n`)).toEqual([
      "9 apiVersion: must be policies.mirrord.metalbear.co/v1alpha",
      "12 metadata.name: must be a DNS-1123 name: lower-case letters, digits, - and ., at most 253 characters",
      "14 extra: is not a field of an entry",
      "18 spec: is required",
      "18 kind: must be one of MirrordPolicy, MirrordClusterPolicy, MirrordProfile, MirrordClusterProfile",
      "19 metadata: must be an object",
    ]);
    const { entries, specs } = parseEntries(`${POLICY}---\n${faulty}`);
    // The spec beside a fault can be checked, too.
    expect([entries.map(({ name }) => name), specs.length]).toEqual([["no-steal"], 2]);
  });

  it.each([
    ["  namespace: payments", "", "metadata.namespace: is required"],
    [
      "kind: MirrordPolicy",
      "kind: MirrordClusterPolicy",
      "metadata.namespace: must be absent: a MirrordClusterPolicy has no namespace",
    ],
    [
      "  name: no-steal",
      "  name: no-steal\n  labels: {a: b}",
      "metadata.labels.a: Labels are not supported. Remove it.",
    ],
    [
      "  name: no-steal",
      "  name: no-steal\n  annotations: {a: b}",
      "metadata.annotations.a: Other annotations are not supported. Remove it.",
    ],
    [
      "  name: no-steal",
      '  name: no-steal\n  annotations: {mirrord-license-server/clusters: "a,,b"}',
      "metadata.annotations.mirrord-license-server/clusters: must not be empty",
    ],
    ["  name: no-steal", "  name: no-steal\n  namspace: x", "metadata.namspace: is not a field of an entry"],
  ])("instead of %j: %j is refused", (line, other, message) => {
    expect(messages(withLine(line, other)).join("\n")).toContain(message);
  });
});

describe("YAML that versions read differently", () => {
  it.each(["on", "no", "Yes", "OFF", "y", "010", "0o7", "1_000", "1:30", "2026-11-20", "0b1"])(
    "%s must be quoted",
    (word) => {
      expect(messages(withLine("[steal]", `[${word}]`))).toEqual([
        `7 spec.block.0: Quote ${word}: YAML versions read it differently.`,
      ]);
      expect(messages(withLine("block:", `${word}:`))).toEqual([
        `7 spec.${word}: Quote ${word}: YAML versions read it differently.`,
      ]);
      expect(parseEntries(withLine("[steal]", `["${word}"]`)).entries[0]?.spec).toEqual({ block: [word] });
    },
  );

  it.each(["true", "null", "443", "1.5", "steal", "10.0.0.0/16", "deploy/*"])("%s need not be", (word) => {
    expect(messages(withLine("[steal]", `[${word}]`))).toEqual([]);
  });
});

describe("hostile YAML", () => {
  const MIB = 1024 * 1024;
  it.each([
    ["an alias", "block: [steal]", "block: *a", "7 : Aliases are not supported. Quote a text that begins with *."],
    [
      "an anchor",
      "block: [steal]",
      "block: &a [steal]",
      "7 : Anchors are not supported. Quote a text that begins with &.",
    ],
    ["a tag", "[steal]", "!!js/function x", "7 : Tags are not supported. Quote a text that begins with !."],
    [
      "a directive",
      "apiVersion",
      "%YAML 1.1\n---\napiVersion",
      "1 : Directives are not supported. Quote a text that begins with %.",
    ],
    [
      "a control character",
      "[steal]",
      "[\u001f, *a]",
      '7 : The text has a control character. Write it as an escape in double quotes, such as "\\x1b".',
    ],
    ["a key twice", "  name: no-steal", "  name: a\n  name: b", "5 metadata.name: The key is there twice."],
    ["a key that is no text", "  block: [steal]", "  ? [a]\n  : 1", "7 spec.?: A key must be a text."],
    ["an endless number", "[steal]", "[.inf]", "7 spec.block.0: must be a finite number"],
    [
      "depth in brackets",
      "[steal]",
      `${"[".repeat(40)}${"]".repeat(40)}`,
      "7 : The text is nested deeper than 32 levels.",
    ],
    ["depth on a line", "  block: [steal]", `  ${"- ".repeat(40)}x`, "7 : The text is nested deeper than 32 levels."],
    [
      "a broken text",
      "block: [steal]",
      "block: [steal",
      "8 : Flow sequence in block collection must be sufficiently indented and end with a ].",
    ],
  ])("with %s is refused", (_what, from, to, message) => {
    expect(messages(POLICY.replace(from, () => to))).toContain(message);
  });

  it("with depth by indentation is refused", () => {
    const deep = Array.from({ length: 40 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n");
    expect(messages(deep).join()).toContain("nested deeper than 32 levels");
  });

  it.each([
    ["aliases", "- *a\n".repeat(MIB / 5)],
    ["anchors", "&a ".repeat(MIB / 3)],
    ["a million marks of documents", "---\n".repeat(MIB / 4)],
    ["brackets", "[".repeat(MIB)],
    ["braces", "{a: ".repeat(MIB / 4)],
    ["dashes", "- ".repeat(MIB / 2)],
    ["question marks", "? ".repeat(MIB / 2)],
    ["commas", `[${",".repeat(MIB - 2)}]`],
    ["keys", Array.from({ length: 90_000 }, (_, index) => `key${index}: 1`).join("\n")],
    ["more than a mebibyte", "a".repeat(MIB + 1)],
  ])("of a mebibyte of %s is refused before it is parsed", (_what, text) => {
    const { entries, faults } = parseEntries(text);
    expect([entries.length, faults.length]).toEqual([0, 1]);
  });

  it("takes linear time over the keys of one map", () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `  key${index % 19_999}: 1`).join("\n");
    expect(messages(withLine("  block: [steal]", keys))).toEqual(["20006 spec.key0: The key is there twice."]);
  });

  it("cannot change the prototype of what is read", () => {
    const { entries } = parseEntries(withLine("  block: [steal]", "  __proto__: {block: [steal]}"));
    expect(Object.keys(entries[0]?.spec ?? {})).toEqual(["__proto__"]);
    expect(entries[0]?.spec["block"]).toBeUndefined();
  });

  it("of any text gives faults, not an exception", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a:-[]{}\"'#&*!|>%@ \n\t,?0~"), maxLength: 40 }), (text) => {
        const { faults } = parseEntries(`${POLICY}---\n${text}`);
        expect(faults.every(({ line }) => line > 0)).toBe(true);
      }),
      { numRuns: runsOf(300) },
    );
  });
});

it("an entry that is written is read as the same entry", () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom("on", "0o7", "010", "2026-11-20", "~", "*x", "a: b", "# c", "1e3", "", " "),
  );
  const spec = fc.dictionary(
    text.filter((key) => !key.includes("\ud800")),
    fc.oneof(text, fc.boolean(), fc.constant(null), fc.integer(), fc.array(text)),
  );
  fc.assert(
    fc.property(spec, fc.constantFrom(["*"], ["prod-*", "id:a b"]), (given, clusters) => {
      const written = { kind: "MirrordProfile" as const, name: "a", namespace: "b", clusters, spec: given };
      const { entries, faults } = parseEntries(entriesToYaml([written, written]));
      expect(faults).toEqual([]);
      expect(entries).toHaveLength(2);
      expect(entries[1]).toMatchObject({ kind: "MirrordProfile", name: "a", namespace: "b", spec: given });
      expect(entries[1]?.clusters ?? ["*"]).toEqual(clusters);
    }),
    { numRuns: runsOf(200) },
  );
  expect(
    entryToYaml({ kind: "MirrordClusterPolicy", name: "a", namespace: null, clusters: ["*"], spec: { block: ["on"] } }),
  ).toBe(
    'apiVersion: policies.mirrord.metalbear.co/v1alpha\nkind: MirrordClusterPolicy\nmetadata:\n  name: a\nspec:\n  block:\n    - "on"\n',
  );
});
