/** A value of a spec, with its path. */
export type At = { path: string; value: unknown };

/** The keys of parts that every object has. Valibot leaves them out of what it checks. */
export const PARTS_OF_OBJECTS: readonly string[] = ["__proto__", "constructor", "prototype"];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What a spec has at a path; `*` goes through a list. Nothing where the spec has another form: that is a fault of its own, and
 * the other parts are still checked.
 */
export const valuesAt = (spec: unknown, path: string): At[] =>
  path.split(".").reduce<At[]>(
    (found, step) =>
      found.flatMap(({ path: parent, value }) => {
        if (step === "*")
          return Array.isArray(value)
            ? value.map((entry: unknown, index) => ({ path: `${parent}.${index}`, value: entry }))
            : [];
        return isObject(value) && Object.hasOwn(value, step) ? [{ path: `${parent}.${step}`, value: value[step] }] : [];
      }),
    [{ path: "spec", value: spec }],
  );

/** The texts at a path. */
export const textsAt = (spec: unknown, path: string): { path: string; value: string }[] =>
  valuesAt(spec, path).flatMap(({ path: at, value }) => (typeof value === "string" ? [{ path: at, value }] : []));
