/** An amount that somebody typed: zero or more, and finite. */
export const amountIn = (text: string | undefined): number | undefined => {
  if (text === undefined || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 && value <= 1e12 ? value : undefined;
};
