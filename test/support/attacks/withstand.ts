import { expect } from "vitest";
import type { Item } from "../../../shared/store/table.ts";
import { expectProblem } from "../answers.ts";
import type { Answer } from "../app.ts";
import type { Server } from "../server.ts";
import { storedItems } from "../stored.ts";

/**
 * Asserts of one attack after the other what none may do: make the server fail, learn of its insides, or leave anything
 * in the table where it was refused. Nothing else may write between them.
 */
export const withstanding = (server: () => Server): ((act: () => Promise<Answer>) => Promise<Answer>) => {
  let before: Item[] | undefined;
  return async (act) => {
    before ??= await storedItems(server());
    const answer = await act();
    expect(answer.status).toBeLessThan(500);
    const after = await storedItems(server());
    if (answer.status >= 400) {
      expectProblem(answer, answer.status, answer.json?.code);
      expect(after).toEqual(before);
    }
    before = after;
    return answer;
  };
};
