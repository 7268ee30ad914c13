/** With DEEP=1 the tests that walk through many places walk through all of them, as the checks beyond `npm test` do. */
export const DEEP = process.env["DEEP"] === "1";

/** Decides the random inputs of tests that else take the same in every run. */
export const SEED = Number(process.env["SEED"] || 7);

/** How far to step from one place to the next: one by one where it is to be deep. */
export const strideOf = (usual: number): number => (DEEP ? 1 : usual);

/**
 * The place to begin at: the first where it is to be deep, else any of the first `stride`, so that runs reach all places
 * together. What fails at one of them fails with DEEP=1 in every run.
 */
export const firstPlace = (stride: number): number => 1 + Math.floor(Math.random() * stride);

/** Of what is tried at each place all where it is to be deep, else one, which goes round with the place. */
export const triedAt = <T>(place: number, all: readonly T[]): readonly T[] =>
  DEEP ? all : all.slice(place % all.length, (place % all.length) + 1);
