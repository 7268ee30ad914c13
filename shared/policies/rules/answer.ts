import type { MissingFact } from "../../contract/policy-answers.ts";

/** Yes, no, or the fact that is missing for an answer. */
export type Answer = boolean | MissingFact;

/** Whether all of them are so. A no decides; otherwise the first missing fact does. */
export const all = (answers: readonly Answer[]): Answer =>
  answers.includes(false) ? false : (answers.find((answer) => answer !== true) ?? true);

/** Whether some of them is so. A yes decides; otherwise the first missing fact does. */
export const some = (answers: readonly Answer[]): Answer =>
  answers.includes(true) ? true : (answers.find((answer) => answer !== false) ?? false);

export const not = (answer: Answer): Answer => (typeof answer === "boolean" ? !answer : answer);
