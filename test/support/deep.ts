/** With DEEP=1 the tests that walk through many places walk through all of them, as the checks beyond `npm test` do. */
export const DEEP = process.env["DEEP"] === "1";

/** How far to step from one place to the next: one by one where it is to be deep. */
export const strideOf = (usual: number): number => (DEEP ? 1 : usual);
