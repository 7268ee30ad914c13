import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { CatalogPutBody } from "../../../shared/contract/catalog.ts";
import { validateSpec } from "../../../shared/policies/spec/validate.ts";

const nested = (depth: number): unknown => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], []);

const check = (spec: unknown, allowUnknown = false) =>
  validateSpec("MirrordClusterPolicy", spec, { allowUnknown }).faults.map(({ path, message }) => `${path}: ${message}`);

const TOO_DEEP = "spec: must not be nested deeper than 32 levels";
const UNKNOWN = "is not a field that this server knows. Set allow_unknown if an operator supports it";

describe("a hostile spec", () => {
  it.each([33, 100, 100_000])("of %i levels is too deep, whatever is allowed", (depth) => {
    expect(check({ block: [], future: nested(depth) }, true)).toEqual([TOO_DEEP]);
    expect(check({ block: nested(depth) })).toEqual([TOO_DEEP]);
  });

  it("has no text and no key with half of a surrogate pair, which could not be stored", () => {
    const broken = "must not contain half of a surrogate pair";
    expect(check({ block: [], targetPath: "deploy/\ud800" })).toEqual([`spec.targetPath: ${broken}`]);
    expect(check({ block: [], future: { "\udfff": 1 } }, true)).toEqual([`spec.future.\ufffd: ${broken}`]);
    expect(check({ block: [], targetPath: "deploy/\u{1f600}" })).toEqual([]);
    const body = { spec: { block: [] }, clusters: ["\ud800"] };
    expect(v.safeParse(CatalogPutBody, body).issues?.map(({ message }) => message)).toEqual([broken]);
  });

  it("may have as many levels as YAML may", () => {
    expect(check({ block: [], future: nested(30) }, true)).toEqual([]);
  });

  it("has no fields that are hidden by the names of an object's own", () => {
    const spec: unknown = JSON.parse(
      '{"block":[],"constructor":1,"env":{"constructor":[]},"fs":{"__proto__":{"a":1}},"network":{"prototype":2}}',
    );
    const faults = ["constructor", "env.constructor", "fs.__proto__", "network.prototype"];
    expect(check(spec).sort()).toEqual(faults.map((path) => `spec.${path}: ${UNKNOWN}`));
    expect(check(spec, true)).toEqual([]);
  });

  it("keeps all of its fields in a request, so that they are refused", () => {
    const body: unknown = JSON.parse('{"spec":{"block":[],"constructor":1,"__proto__":{"block":["steal"]}}}');
    const checked = v.parse(CatalogPutBody, body);
    expect(Object.keys(checked.spec)).toEqual(["block", "constructor", "__proto__"]);
    expect(check(checked.spec)).toEqual(["constructor", "__proto__"].map((key) => `spec.${key}: ${UNKNOWN}`));
  });

  it("has labels of texts, also under the names of an object's own", () => {
    const spec: unknown = JSON.parse('{"block":[],"selector":{"matchLabels":{"constructor":5,"prototype":"x"}}}');
    expect(check(spec)).toEqual(["spec.selector.matchLabels.constructor: must be a string"]);
  });

  it("compiles regular expressions up to a size of all of them together", () => {
    const local = Array.from({ length: 500 }, (_, n) => `((a{1,30}){30}|b)${n}`);
    const faults = check({ block: [], fs: { local } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(
      /^spec\.fs\.local\.\d+: is one regular expression too many: together they are too large$/,
    );
    expect(check({ block: [], fs: { local: local.slice(0, 20) } })).toEqual([]);
  });
});
