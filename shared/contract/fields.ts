import * as v from "valibot";

/** The longest glob, in characters. */
export const MAX_GLOB_LENGTH = 256;

// Control characters (C0, DEL, C1), line and paragraph separators, and bidirectional overrides can forge log lines or
// reorder what a reader sees. Lone surrogates cannot be stored as UTF-8.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\p{Cs}]/u;

/** The check that refuses unprintable text. The OpenAPI document recognises it, and writes it as a pattern. */
export const printable = v.check<string, string>(
  (value) => !UNPRINTABLE.test(value),
  "must not contain control characters",
);

export const NOT_WELL_FORMED = "must not contain half of a surrogate pair";

/** The check that refuses text that has no UTF-8. Well-formed JSON text cannot contain it, its escapes can (RFC 8259, section 8.2). */
export const wellFormed = v.check<string, string>((value) => value.isWellFormed(), NOT_WELL_FORMED);

/** Free text: 1 to `maxLength` printable characters. */
export const text = (maxLength: number) =>
  v.pipe(
    v.string("must be a string"),
    v.minLength(1, "must not be empty"),
    v.maxLength(maxLength, `must be at most ${maxLength} characters long`),
    printable,
  );

/** Valibot reports a missing key with the message of its object, so one message function serves both cases. */
export const objectMessage = (issue: v.BaseIssue<unknown>): string =>
  issue.path === undefined ? "must be an object" : "is required";

/** An optional field; null counts as absent. Its type has no null: nothing here sends one, and none comes out. */
export const optional = <TSchema extends v.GenericSchema>(schema: TSchema) =>
  v.nullish(schema, () => undefined) as unknown as v.OptionalSchema<TSchema, undefined>;

export const Bool = v.boolean("must be true or false");

/** A flag that is false if it is absent or null. */
export const Flag = v.nullish(Bool, false) as unknown as v.OptionalSchema<v.BooleanSchema<string>, false>;

/** Valibot takes a list for an object: one without required fields would pass. */
export const notList = <TSchema extends v.GenericSchema>(schema: TSchema): TSchema => ({
  ...schema,
  "~run"(dataset, config) {
    if (!Array.isArray(dataset.value)) return schema["~run"](dataset, config);
    v._addIssue(this, "type", dataset, config, { message: "must be an object" });
    return dataset as unknown as v.OutputDataset<v.InferOutput<TSchema>, v.InferIssue<TSchema>>;
  },
});

/** An object with these fields; unknown ones are dropped. */
/** Valibot leaves some keys out of an object, such as `constructor`. This keeps the object as it was given. */
export const asGiven = <TSchema extends v.GenericSchema>(schema: TSchema): TSchema => ({
  ...schema,
  "~run"(dataset, config) {
    const { value } = dataset;
    const checked = schema["~run"](dataset, config);
    return checked.typed ? { ...checked, value } : checked;
  },
});

export const object = <const TEntries extends v.ObjectEntries>(entries: TEntries) =>
  notList(v.object(entries, objectMessage));

// Kubernetes allows a prefix of 253 characters, a slash and a name of 63 in a label's key, and 63 in its value.
/** A label's key. */
export const LabelKey = text(317);
/** A label's value, which may be empty. */
export const LabelValue = v.pipe(
  v.string("must be a string"),
  v.maxLength(63, "must be at most 63 characters long"),
  printable,
);
/** The labels of an object. */
export const Labels = v.pipe(
  notList(v.record(LabelKey, LabelValue, objectMessage)),
  v.maxEntries(64, "must have at most 64 entries"),
);
