/** The name of a function in the form of a construct id: `dayClose` is `DayClose`. */
export const pascalCase = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
