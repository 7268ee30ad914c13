import type { PolicyFacts } from "../contract/policy-facts.ts";

/** The most bytes of facts in a session's record. */
export const MAX_FACTS_BYTES = 300;

/** The facts that are left out first if they do not all fit. Without them fewer verdicts are known, and none is wrong. */
const LEFT_OUT: readonly (keyof PolicyFacts)[] = ["owners", "labels", "http_filter", "features", "profile"];

/** Facts as a session's record has them: JSON of at most 300 bytes. */
export const factsText = (facts: PolicyFacts): string => {
  const kept = { ...facts };
  let text = JSON.stringify(kept);
  for (const name of LEFT_OUT) {
    if (Buffer.byteLength(text) <= MAX_FACTS_BYTES) break;
    delete kept[name];
    text = JSON.stringify(kept);
  }
  return text;
};
