import { isScalar, Schema } from "yaml";

const tagsOf = (schema: "core" | "yaml-1.1") =>
  new Schema({ schema, merge: false }).tags.flatMap((tag) =>
    "default" in tag && tag.default === true && "test" in tag && tag.test !== undefined ? [tag] : [],
  );

const [NEW, OLD] = [tagsOf("core"), tagsOf("yaml-1.1")];

type Read = { type: string; value: unknown };

const readBy = (tags: typeof NEW, source: string): Read => {
  const tag = tags.find(({ test }) => test?.test(source) === true);
  if (tag === undefined) return { type: "str", value: source };
  const resolved: unknown = tag.resolve(source, () => undefined, {} as never);
  const value = isScalar(resolved) ? resolved.value : resolved;
  return { type: typeof value, value };
};

/**
 * Whether YAML 1.1 and YAML 1.2 read a plain scalar differently, such as `on`, `010` and `2026-11-20`. kubectl reads 1.1, and
 * most other tools 1.2.
 */
export const isAmbiguous = (source: string): boolean => {
  const [now, before] = [readBy(NEW, source), readBy(OLD, source)];
  return now.type !== before.type || !Object.is(now.value, before.value);
};
