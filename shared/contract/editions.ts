/** The editions of a license. A license without one is plain: of the terms of editions it has none. */
export const EDITIONS = ["community", "premium"] as const;

export type Edition = (typeof EDITIONS)[number];

/** The module that is part of every license. */
export const BASE_MODULE = "base";

/** The licensed modules of a license that lists some, each once, `base` first. */
export const licensedModules = (modules: readonly string[]): string[] => [...new Set([BASE_MODULE, ...modules])];
