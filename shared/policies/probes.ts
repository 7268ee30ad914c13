import type { EvaluateResponse, Verdict } from "../contract/policy-answers.ts";
import type { Connection } from "../contract/policy-requests.ts";
import type { OutgoingRule } from "../contract/policy-spec.ts";
import { matchesGlob } from "../patterns/glob.ts";
import { type JudgedPolicy, judgePolicies } from "./evaluate.ts";
import { type Answer, all, not, some } from "./rules/answer.ts";
import { type CompiledPolicy, matchesExpression } from "./rules/compiled.ts";
import { readCidr } from "./spec/cidr.ts";
import type { JudgedSession, PolicyEntry } from "./types.ts";

/** What somebody asks about in a session: variables, paths of files, connections. */
export type Probes = {
  env?: readonly string[] | undefined;
  files?: readonly string[] | undefined;
  connections?: readonly Connection[] | undefined;
};

type ProbeAnswers = Pick<EvaluateResponse, "env" | "files" | "connections">;

/**
 * What becomes of single variables, files and connections of a session. Each policy acts alone: what one of them excludes,
 * takes away or refuses stays so, whatever the others and the user's configuration say.
 */
export const answerProbes = (
  entries: readonly PolicyEntry[],
  session: JudgedSession,
  { env, files, connections }: Probes,
): ProbeAnswers => {
  const worlds = worldsOf(judgePolicies(entries, session));
  return {
    ...(env && {
      env: env.map((name) => ({ name, excluded: agreed(worlds, (world) => orNull(isExcluded(world, name)), null) })),
    }),
    ...(files && {
      files: files.map((path) => ({ path, mode: agreed(worlds, (world) => fileMode(world, path), "unknown") })),
    }),
    ...(connections && {
      connections: connections.map((to) => ({
        verdict: agreed(worlds, (world) => verdictOf(isRefused(world, to)), "unknown"),
      })),
    }),
  };
};

/** The policies, each with whether it applies, by the semantics of one kind of operator. */
type World = { policy: CompiledPolicy; applying: Answer }[];

const worldsOf = (judged: readonly JudgedPolicy[]): World[] =>
  (judged[0]?.answers ?? []).map((_, index) =>
    judged.map(({ policy, answers }) => ({ policy, applying: answers[index] ?? false })),
  );

/** What all semantics agree on, or `differ`. Without policies there is one empty world. */
const agreed = <T>(worlds: readonly World[], answerIn: (world: World) => T, differ: T): T => {
  const [first, second = first] = worlds.length === 0 ? [answerIn([])] : worlds.map(answerIn);
  return first === second ? (first as T) : differ;
};

const orNull = (answer: Answer): boolean | null => (typeof answer === "boolean" ? answer : null);

const verdictOf = (refused: Answer): Verdict =>
  refused === true ? "refused" : refused === false ? "allowed" : "unknown";

/** Whether some policy that applies does something. One with unknown fields may do anything. */
const someDoes = (world: World, does: (policy: CompiledPolicy) => Answer): Answer =>
  some(
    world.map(({ policy, applying }) =>
      all([applying, some([does(policy), policy.hasUnknown && ("unknown_field" as const)])]),
    ),
  );

const isExcluded = (world: World, name: string): Answer =>
  someDoes(world, ({ spec }) => (spec.env?.exclude ?? []).some((glob) => matchesGlob(glob, name)));

/** In the order in which they count. */
const MODES = ["local", "notFound", "readOnly"] as const;

const fileMode = (world: World, path: string): (typeof MODES)[number] | "unknown" | null => {
  for (const mode of MODES) {
    const answer = someDoes(world, (policy) =>
      some((policy.spec.fs?.[mode] ?? []).map((source) => matchesExpression(policy, source, path))),
    );
    if (answer !== false) return answer === true ? mode : "unknown";
  }
  return null;
};

const isRefused = (world: World, connection: Connection): Answer =>
  someDoes(world, (policy) => {
    const { allow = [], block = [] } = policy.spec.network?.outgoing ?? {};
    const matching = (rules: readonly OutgoingRule[]): Answer =>
      some(rules.map((rule) => matchesRule(policy, rule, connection)));
    return some([matching(block), allow.length > 0 && not(matching(allow))]);
  });

// The facts of a connection are named by the request, so a missing one has no name of its own.
const NOT_KNOWN = "pattern";

/** A rule matches if all that it has does: the range, the host name and one of the ports. */
const matchesRule = (policy: CompiledPolicy, { ipBlock, hostname, ports = [] }: OutgoingRule, to: Connection): Answer =>
  all([
    ports.length === 0 || ports.some(({ port, protocol }) => port === to.port && protocol === to.protocol),
    ipBlock === null || ipBlock === undefined || isIn(ipBlock, to.ip),
    hostname === null || hostname === undefined || hasHostname(policy, hostname, to.hostname),
  ]);

const hasHostname = (policy: CompiledPolicy, source: string, hostname: string | null | undefined): Answer => {
  if (hostname === undefined) return NOT_KNOWN;
  return hostname !== null && matchesExpression(policy, source, hostname);
};

const isIn = ({ cidr, except = [] }: NonNullable<OutgoingRule["ipBlock"]>, ip: string | null | undefined): Answer => {
  if (ip === undefined) return NOT_KNOWN;
  if (ip === null) return false;
  const holds = (range: string): boolean => readCidr(range)?.has(ip) === true;
  return holds(cidr) && !except.some(holds);
};
