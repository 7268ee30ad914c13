export const SLOT_COUNTERS = 16;

/** How the maximum is shared by the counters: evenly, the first ones get what is left over. */
export const sharesOf = (max: number): readonly number[] =>
  Array.from({ length: SLOT_COUNTERS }, (_, place) => Math.floor(max / SLOT_COUNTERS) + (place < max % 16 ? 1 : 0));

/** Whether a machine session may start: slots are held by fewer live ones than the maximum. */
export const hasSlot = (held: readonly number[], max: number | undefined): boolean =>
  max === undefined || held.reduce((sum, one) => sum + one, 0) < max;
