import type { Call } from "./call.ts";
import type { Answer } from "./fleet.ts";
import type { Cause, Reference } from "./reference.ts";

type Verdicts = {
  accepted: string[];
  denied: { session_id: string; code: string }[];
  rejected: { session_id: string; code: string }[];
  terminate: string[];
  unknown: string[];
  conflict: string[];
  lease: { expires_at: string } | null;
};

type Of<By extends Cause["by"]> = Extract<Cause, { by: By }>;

/**
 * What of an answer is not so: it must be what was true at some moment of its call, and what it promises must stand. `mayFail`:
 * something went wrong with the call, or a deployment is under way.
 */
export const answerComplaints = (call: Call, answer: Answer, reference: Reference, mayFail: boolean): string[] => {
  const complaints: string[] = [];
  const expect = (holds: boolean | undefined, what: string): void => {
    if (holds !== true)
      complaints.push(`${call.name} is answered ${answer.status} ${JSON.stringify(answer.json)}: ${what}`);
  };
  if (answer.status === 503) expect(mayFail, "nothing went wrong");
  else if (call.cause.by === "start") startAnswer(call, call.cause, answer, reference, expect);
  else if (call.cause.by === "end") endAnswer(call, call.cause, answer, reference, expect);
  else if (call.cause.by === "beat") beatAnswer(call, call.cause, answer, { reference, mayFail }, expect);
  else expect(answer.status === 200, "it is no 200");
  return complaints;
};

type Expect = (holds: boolean | undefined, what: string) => void;

const startAnswer = (
  call: Call,
  { session: id, now }: Of<"start">,
  { status, json }: Answer,
  reference: Reference,
  expect: Expect,
) => {
  const session = reference.session(id);
  const expired = call.license !== undefined && now >= call.license.expiresAt;
  if (status === 201 || status === 200) {
    expect(call.was("admitted", id), "it was not admitted");
    expect(status === 200 || !expired, "the license has expired");
    expect(call.was("not ended", id), "it is over");
    expect(call.was("own", id), "it is another's");
    if (json.seat !== null) expect(call.was("seated", id), "its user holds no seat");
    else expect(status === 200 || call.subjects.every(({ ci }) => ci), "it came without a seat");
  } else if (json.code === "MaxSeatCountReached")
    expect(call.was("refusable", id) || session?.denied, "there was a seat");
  else if (json.code === "MaxConcurrentMachineSessionsReached")
    expect(call.was("slotless", id) || session?.denied, "there was a slot");
  else if (json.code === "LicenseExpired")
    expect((expired && call.was("absent", id)) || session?.denied, "the license has not expired, or it was known");
  else if (json.code === "SessionEnded") expect(call.was("ended", id), "it is not over");
  else if (json.code === "SessionConflict") expect(call.was("another's", id), "it is nobody else's");
  else expect(false, "nobody expects that");
};

const endAnswer = (
  call: Call,
  { session: id, end }: Of<"end">,
  { status, json }: Answer,
  reference: Reference,
  expect: Expect,
) => {
  const session = reference.session(id);
  if (status === 400) return expect(call.was("absent", id) && end.isTooLong, "it was known, or not too long");
  if (status === 404) return expect(call.was("absent", id) && !end.carriesStart, "it was known");
  expect(status === 200, "it is no 200");
  expect(session?.state === "ended", "it is not over");
  const seconds = Math.floor(((session?.endedAt ?? 0) - (session?.startedAt ?? 0)) / 1_000);
  expect(json.duration_secs === seconds, `it lasted ${seconds} s`);
};

const beatAnswer = (
  call: Call,
  cause: Of<"beat">,
  answer: Answer,
  { reference, mayFail }: { reference: Reference; mayFail: boolean },
  expect: Expect,
) => {
  expect(answer.status === 200, "it is no 200");
  if (answer.status !== 200) return;
  const told = answer.json as Verdicts;
  for (const id of told.accepted) {
    if (cause.ended.has(id)) expect(reference.session(id)?.state === "ended", `${id} is not over`);
    if (cause.started.has(id)) expect(call.was("own", id), `${id} is not its own`);
  }
  for (const { session_id: id } of told.denied) {
    expect(call.was("denied", id), `${id} was not denied`);
    expect(told.terminate.includes(id), `${id} is not to stop`);
  }
  for (const { session_id: id, code } of told.rejected)
    expect(
      (code === "NotFound" && call.was("absent", id) && cause.ended.get(id)?.carriesStart === false) ||
        (code === "BadRequest" && call.was("absent", id) && cause.ended.get(id)?.isTooLong === true) ||
        (code === "SessionConflict" && call.was("another's", id)) ||
        (code === "SessionEnded" && cause.started.has(id) && reference.session(id)?.state === "ended"),
      `${id} is rejected`,
    );
  for (const id of told.unknown) expect(call.was("absent", id), `${id} is known`);
  for (const id of told.conflict) expect(call.was("another's", id), `${id} is nobody else's`);
  const decided = new Set([...told.accepted, ...[...told.denied, ...told.rejected].map(({ session_id: id }) => id)]);
  for (const id of [...cause.started.keys(), ...cause.ended.keys()])
    expect(decided.has(id) || mayFail || call.was("another's", id), `${id} is left undecided`);
  // A lease never outlives the license (invariant 5).
  const expiresAt = call.license?.expiresAt ?? 0;
  expect((told.lease === null) === cause.now >= expiresAt, "whether there is a lease");
  if (told.lease !== null) expect(Date.parse(told.lease.expires_at) <= expiresAt, "the lease outlives the license");
};
