/** With DEEP=1 the tests that walk through many places walk through all of them, as the checks beyond `npm test` do. */
export const DEEP = process.env["DEEP"] === "1";

/** Decides the random inputs of all tests. It is the same in every run, unless the variable is set. */
export const SEED = Number(process.env["SEED"] || 7);

/** How far to step from one place to the next: one by one where it is to be deep. */
export const strideOf = (usual: number): number => (DEEP ? 1 : usual);

/** The place to begin at, where not all places are tried: one of the first `stride`, by the seed. With DEEP=1 all are tried. */
export const firstPlace = (stride: number): number => 1 + (SEED % stride);

/** Of what is tried at each place all where it is to be deep, else one, which goes round with the place. */
export const triedAt = <T>(place: number, all: readonly T[]): readonly T[] =>
  DEEP ? all : all.slice(place % all.length, (place % all.length) + 1);

/** How many random inputs a property is tried on: all where it is to be deep, else a quarter, and at least five. */
export const runsOf = (all: number): number => (DEEP ? all : Math.max(5, Math.ceil(all / 4)));
