/** A truth of which a fact may be missing: whether it can be true and whether it can be false, as the missing fact may be. */
export type Possible = { readonly yes: boolean; readonly no: boolean };

export const YES: Possible = { yes: true, no: false };
export const NO: Possible = { yes: false, no: true };
export const EITHER: Possible = { yes: true, no: true };

export const sure = (is: boolean): Possible => (is ? YES : NO);

export const not = ({ yes, no }: Possible): Possible => ({ yes: no, no: yes });

export const all = (parts: readonly Possible[]): Possible => ({
  yes: parts.every(({ yes }) => yes),
  no: parts.some(({ no }) => no),
});

export const any = (parts: readonly Possible[]): Possible => not(all(parts.map(not)));
