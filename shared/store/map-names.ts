/**
 * Whether a text that others chose may be the name of an entry in a map that is stored. The SDK loses one that is called
 * `__proto__`, and refuses a map that has a `constructor` for an instance of a class (@aws-sdk/util-dynamodb, `marshall`).
 */
export const isMapName = (text: string): boolean => text !== "__proto__" && text !== "constructor";
