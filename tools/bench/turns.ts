/**
 * Measures variants in turns, so that what else the machine does falls on all of them alike. Answers the measurements of
 * each, by round; those of a first round, which only warms up, are thrown away.
 */
export const inTurns = async <Variant, Measured>(
  variants: readonly Variant[],
  rounds: number,
  measure: (variant: Variant) => Measured | Promise<Measured>,
): Promise<Map<Variant, Measured[]>> => {
  const measured = new Map<Variant, Measured[]>(variants.map((variant) => [variant, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (const variant of variants) {
      const one = await measure(variant);
      if (round > 0) measured.get(variant)?.push(one);
    }
  return measured;
};
