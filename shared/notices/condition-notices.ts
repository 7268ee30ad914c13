import { formatTime } from "../contract/time.ts";
import type { ConditionKind } from "./conditions.ts";
import type { Notice } from "./notice.ts";
import type { OpenCondition } from "./open-conditions.ts";

/**
 * The notices for conditions that began or ended. Those of one kind that began in the same run are one notice, so that a
 * network outage of a hundred clusters is one mail. Kinds whose beginning has notices of its own give only the end.
 */
export const conditionNotices = (open: readonly OpenCondition[]): Notice[] => [
  ...grouped(open, ({ since }) => since).flatMap(({ kind, at, subjects }) => {
    const text = TEXTS[kind].began;
    return text === undefined ? [] : [noticeOf("condition.began", { kind, at, subjects, ...text(subjects) })];
  }),
  ...grouped(open, ({ endedAt }) => endedAt).map(({ kind, at, subjects }) =>
    noticeOf("condition.ended", { kind, at, subjects, ...TEXTS[kind].ended(subjects) }),
  ),
];

type Group = { kind: ConditionKind; at: number; subjects: string[] };
type Text = { subject: string; text: string };

const grouped = (open: readonly OpenCondition[], when: (one: OpenCondition) => number | undefined): Group[] => {
  const timed = open.flatMap((one) => {
    const at = when(one);
    return at === undefined ? [] : [{ ...one, at }];
  });
  return [...Map.groupBy(timed, ({ kind, at }) => `${kind}#${at}`).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ kind: first.kind, at: first.at, subjects: group.map(({ subject }) => subject).sort() }];
  });
};

const noticeOf = (
  kind: "condition.began" | "condition.ended",
  { kind: condition, at, subjects, subject, text }: Group & Text,
): Notice => {
  const facts = { condition, at: formatTime(at), count: subjects.length };
  return {
    kind,
    what: `${condition}#${formatTime(at)}`,
    facts,
    message: { subject: `mirrord license server: ${subject}`, text, facts: { ...facts, state: kind, subjects } },
  };
};

const TEXTS: Record<ConditionKind, { began?: (subjects: string[]) => Text; ended: (subjects: string[]) => Text }> = {
  "license.unusable": {
    began: () =>
      textOf("no usable license", "The license is missing, invalid or not yet valid.", [
        "New sessions are refused; running sessions continue.",
        'Find the reason in the logs (messages that begin with "license"), then put a valid license:',
        "  license-server license put license.pem",
        "Runbook: docs/runbooks/license-invalid.md",
      ]),
    ended: () => textOf("a usable license again", "The license can be used again. New sessions are allowed."),
  },
  "license.fallback": {
    began: () =>
      textOf("previous license served", "The license that was put last cannot be used.", [
        "The license before it is served until it expires.",
        'Find the reason in the logs ("license invalid, serving the previous one"), then put a valid license.',
        "Runbook: docs/runbooks/license-invalid.md",
      ]),
    ended: () => textOf("current license served again", "The license that was put last is served again."),
  },
  "license.ending": {
    ended: () => textOf("license renewed", "The license no longer ends soon: a renewed license is in force."),
  },
  "seats.used": {
    ended: ([percent = ""]) =>
      textOf(
        percent === "100" ? "seats are free again" : `less than ${percent} % of the seats in use`,
        `Less than ${percent} % of the seats of the current billing period are in use.`,
      ),
  },
  "operators.stale": {
    began: (clusters) =>
      textOf(
        `no heartbeat from ${countOf(clusters, "cluster")}`,
        `No operator of these clusters has sent a heartbeat in time: ${listOf(clusters)}.`,
        [
          "Find it with license-server operator ls. Check that it runs and can reach this server.",
          "An operator that was removed for good needs nothing: it is forgotten automatically.",
          "Runbook: docs/runbooks/operators-stale.md",
        ],
      ),
    ended: (clusters) =>
      textOf(
        `heartbeats again from ${countOf(clusters, "cluster")}`,
        `An operator of these clusters is active again, or its operators were given up: ${listOf(clusters)}.`,
      ),
  },
  "days.late": {
    began: () =>
      textOf("a day is not closed", "A day has been waiting for more than six hours to be closed.", [
        "Trends and peaks since then are not final.",
        'Look for "day not closed yet" and for errors in the log of the function dayClose.',
        "Runbook: docs/runbooks/day-close-late.md",
      ]),
    ended: () => textOf("days are closed again", "No day has been waiting for more than six hours to be closed."),
  },
  "report.missed": {
    began: () =>
      textOf("a usage report is missing", "The usage report of the last period is more than a day overdue.", [
        "Read the log of the function reportJob, then invoke the function with {}.",
        "Runbook: docs/runbooks/report-missed.md",
      ]),
    ended: () => textOf("the usage report is made", "The usage report that was overdue is made."),
  },
  "job.not_run": {
    began: (jobs) =>
      textOf(
        `jobs that do not run: ${listOf(jobs)}`,
        `These jobs have not done their work for three hours: ${listOf(jobs)}.`,
        [
          "Their work waits until they run again.",
          "Check their schedules in EventBridge Scheduler, their logs, and the dead-letter queue.",
          "Runbook: docs/runbooks/job-not-run.md",
        ],
      ),
    ended: (jobs) =>
      textOf(`jobs that run again: ${listOf(jobs)}`, `These jobs have done their work again: ${listOf(jobs)}.`),
  },
};

const textOf = (subject: string, what: string, more: readonly string[] = []): Text => ({
  subject,
  text: [what, ...(more.length === 0 ? [] : ["", ...more])].join("\n"),
});

/** The most names in a message. */
const NAMED = 20;

const listOf = (names: readonly string[]): string => {
  const shown = names.slice(0, NAMED).map((name) => (name === "" ? "(without a name)" : name));
  return [...shown, ...(names.length > NAMED ? [`${names.length - NAMED} more`] : [])].join(", ");
};

const countOf = (names: readonly string[], what: string): string =>
  names.length === 1 ? `a ${what}` : `${names.length} ${what}s`;
