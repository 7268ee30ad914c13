/** A violation of a rule by a resource of a template. */
export type Finding = { rule: string; resource: string; message: string };

/** A rule that does not apply to the resources whose logical ids match, with the reason. */
export type Suppression = { rule: string; resources: RegExp; reason: string };

export type Review = {
  /** Findings without a suppression. */
  open: Finding[];
  /** Excuses that no finding needs: the rule is kept by now, or the suppression is misspelt. */
  stale: Suppression[];
  suppressed: number;
};

/** Compares findings with suppressions. */
export const review = (findings: readonly Finding[], suppressions: readonly Suppression[]): Review => {
  const open = findings.filter((finding) => !suppressions.some((suppression) => matches(suppression, finding)));
  return {
    open,
    stale: suppressions.filter((suppression) => !findings.some((finding) => matches(suppression, finding))),
    suppressed: findings.length - open.length,
  };
};

const matches = ({ rule, resources }: Suppression, finding: Finding): boolean =>
  rule === finding.rule && resources.test(finding.resource);
