/** What a rule has against a resource of a template. */
export type Finding = { rule: string; resource: string; message: string };

/** A rule that need not hold for the resources whose logical ids match, and why. */
export type Excuse = { rule: string; resources: RegExp; reason: string };

export type Judgement = {
  /** Findings that nothing excuses. */
  open: Finding[];
  /** Excuses that no finding needs: the rule is kept by now, or the excuse is misspelt. */
  stale: Excuse[];
  excused: number;
};

/** Holds findings against what is excused. */
export const judge = (findings: readonly Finding[], excuses: readonly Excuse[]): Judgement => {
  const open = findings.filter((finding) => !excuses.some((excuse) => excusesIt(excuse, finding)));
  return {
    open,
    stale: excuses.filter((excuse) => !findings.some((finding) => excusesIt(excuse, finding))),
    excused: findings.length - open.length,
  };
};

const excusesIt = ({ rule, resources }: Excuse, finding: Finding): boolean =>
  rule === finding.rule && resources.test(finding.resource);
