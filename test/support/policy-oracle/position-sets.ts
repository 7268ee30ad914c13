/** Positions in a text, sorted, each once. Globs and regular expressions are matched by the positions that they can reach. */
export type Positions = ReadonlySet<number>;

export const union = (sets: readonly Positions[]): Positions => new Set(sets.flatMap((set) => [...set]));

/** All that repeated steps reach from `from`, with the positions before the first step. */
export const closure = (from: Positions, step: (from: Positions) => Positions): Positions => {
  const reached = new Set(from);
  let edge: Positions = from;
  while (edge.size > 0) {
    edge = new Set([...step(edge)].filter((at) => !reached.has(at)));
    for (const at of edge) reached.add(at);
  }
  return reached;
};
