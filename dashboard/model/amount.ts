/** Parses a typed amount, from 0 to 1 trillion; undefined when the text is not such a number. */
export const parseAmount = (text: string | undefined): number | undefined => {
  if (text === undefined || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 && value <= 1e12 ? value : undefined;
};
