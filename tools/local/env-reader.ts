import { variableFaults } from "../input/utf8.ts";

export type EnvReader = {
  /** The faults so far, a line each, never with the value of a secret. */
  readonly problems: string[];
  text(name: string): string | undefined;
  integer(name: string, min: number, max: number): number | undefined;
  matching(name: string, pattern: RegExp, expectation: string): string | undefined;
};

/** Reads variables one by one and keeps every fault, so that all are reported at once. Unset or empty is undefined. */
export const envReader = (env: NodeJS.ProcessEnv): EnvReader => {
  const problems: string[] = [];

  // Shells and charts set unused variables to an empty text.
  const text = (name: string): string | undefined => {
    const damaged = variableFaults(env, [name]).filter((fault) => !problems.includes(fault));
    problems.push(...damaged);
    return variableFaults(env, [name]).length > 0 ? undefined : env[name] || undefined;
  };

  const checked = (name: string, expectation: string, holds: (value: string) => boolean): string | undefined => {
    const value = text(name);
    if (value === undefined || holds(value)) return value;
    problems.push(`${name} must be ${expectation}, not ${JSON.stringify(value)}`);
    return undefined;
  };

  return {
    problems,
    text,
    integer: (name, min, max) => {
      const inRange = (value: string) => /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max;
      const value = checked(name, `a whole number from ${min} to ${max}`, inRange);
      return value === undefined ? undefined : Number(value);
    },
    matching: (name, pattern, expectation) => checked(name, expectation, (value) => pattern.test(value)),
  };
};
