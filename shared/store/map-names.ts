/**
 * Whether a foreign text can be a key of a stored map. The SDK loses a key `__proto__`, and refuses a map with a key
 * `constructor` as an instance of a class (@aws-sdk/util-dynamodb, `marshall`).
 */
export const isMapName = (text: string): boolean => text !== "__proto__" && text !== "constructor";
