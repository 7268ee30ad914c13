import { expect, it } from "vitest";
import type { SessionStart } from "../../../agent/wire/bodies.ts";
import { formatTime } from "../../../shared/contract/time.ts";
import { createUnanswered } from "../../../tools/simulate/unanswered.ts";

const start = (id: string, ci = false): SessionStart => ({
  session_id: id,
  instance_id: "operator-1",
  started_at: formatTime(0),
  ci,
  client: { id: "ada", hostname: "ada-mbp", username: "ada", kubernetes_username: "ada@example.com" },
  target: { namespace: "shop", kind: "deployment", name: "api" },
});

it("counts each session once, with its length whenever it ended, and forgets a denial that was heard of after all", () => {
  const unanswered = createUnanswered();
  unanswered.ended(start("answered"), 9_000);
  for (let time = 0; time < 2; time += 1) unanswered.add(start("ends-later"), { asksSeat: true });
  unanswered.ended(start("ends-later"), 2_900);
  unanswered.add(start("ended-already"), { asksSeat: false, endedAt: 5_000 });
  unanswered.add(start("denied-later"), { asksSeat: true });
  unanswered.denied(start("denied-later"));
  unanswered.add(start("job", true), { asksSeat: false, endedAt: 7_000 });
  expect(unanswered.read()).toEqual({ sessions: 3, seconds: 7, ciSessions: 1, ciSeconds: 7, maybeDenied: 1 });
});
