/** An option as a help text shows it, with its meaning. */
export type OptionHelp = readonly [option: string, meaning: string];

/** The options of a help text, one per line, with the meanings in a column. */
export const optionLines = (options: readonly OptionHelp[]): string => {
  const width = Math.max(...options.map(([option]) => option.length));
  return options.map(([option, meaning]) => `  ${option.padEnd(width)}  ${meaning}`).join("\n");
};
