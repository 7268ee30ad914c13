import type { StopOutcome } from "../../shared/contract/requests.ts";
import { describeKube, isDone, type Kube, type KubeOutcome, statusOf } from "../kube/kube.ts";
import type { StopTarget } from "../sessions/types.ts";

export type StopResult = { outcome: StopOutcome; detail?: string };

const SESSIONS = "/apis/operator.metalbear.co/v1/sessions";

/** Asks the cluster once to stop a session. `requested` says that the request arrived, not that the session is over. */
export const attemptStop = (kube: Kube, target: StopTarget, killsPreviews: boolean): Promise<StopResult> =>
  target.kind === "PreviewSession" ? stopPreview(kube, target, killsPreviews) : stopSession(kube, target.name);

/**
 * The forms of a session's id, in the order to try them. Every operator that can stop sessions accepts a decimal number, newer
 * ones a hexadecimal one too. The name of a multi-cluster session is no number.
 */
export const idForms = (name: string): string[] => {
  if (!/^[0-9a-f]+$/i.test(name)) return [name];
  const id = BigInt(`0x${name}`);
  return [...new Set([id.toString(), id.toString(16), name])];
};

const stopSession = async (kube: Kube, name: string): Promise<StopResult> => {
  let first: KubeOutcome | undefined;
  for (const form of idForms(name)) {
    const outcome = await kube.call({ method: "DELETE", path: `${SESSIONS}/${encodeURIComponent(form)}` });
    // Only of the first form: an operator that knows decimal ids alone does not parse the others either.
    if (first === undefined && lacksSessions(outcome)) return { outcome: "unsupported", detail: NO_SESSIONS };
    if (!hasStatus(outcome, 404)) return resultOf(outcome, "sessions.operator.metalbear.co");
    first ??= outcome;
  }
  return first === undefined ? { outcome: "failed" } : { outcome: "failed", detail: describeKube(first) };
};

const NO_SESSIONS = "This version of the operator cannot stop sessions. Upgrade the operator.";

/** An operator without session management cannot parse the path, or does not support the verb. */
const lacksSessions = (outcome: KubeOutcome): boolean =>
  hasStatus(outcome, 405) ||
  (outcome.kind === "answer" && outcome.status === 404 && /parse/i.test(statusOf(outcome.body).reason ?? ""));

const stopPreview = async (
  kube: Kube,
  { namespace, name, uid }: Extract<StopTarget, { kind: "PreviewSession" }>,
  killsPreviews: boolean,
): Promise<StopResult> => {
  if (!killsPreviews)
    return { outcome: "unsupported", detail: "The agent does not stop previews. Set KILL_PREVIEWS=true." };
  const outcome = await kube.call({
    method: "DELETE",
    path: `/apis/preview.mirrord.metalbear.co/v1alpha/namespaces/${encodeURIComponent(namespace)}/previewsessions/${encodeURIComponent(name)}`,
    // Without it, a new preview of the same name could be deleted.
    body: { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid } },
  });
  // It is gone already, or another one has its name.
  if (hasStatus(outcome, 404) || hasStatus(outcome, 409)) return { outcome: "requested" };
  return resultOf(outcome, "previewsessions.preview.mirrord.metalbear.co");
};

const hasStatus = (outcome: KubeOutcome, status: number): boolean =>
  outcome.kind === "answer" && outcome.status === status;

const resultOf = (outcome: KubeOutcome, resource: string): StopResult => {
  if (isDone(outcome)) return { outcome: "requested" };
  const detail = describeKube(outcome);
  if (!hasStatus(outcome, 403)) return { outcome: "failed", detail };
  return { outcome: "forbidden", detail: `${detail}. Grant delete on ${resource}.` };
};
