/** The labels that a selector's condition is about, as Kubernetes defines its four operators. */
export type Selector = {
  matchLabels?: Record<string, string> | null;
  matchExpressions?:
    | { key: string; operator: "In" | "NotIn" | "Exists" | "DoesNotExist"; values?: string[] | null }[]
    | null;
};

/** Whether labels match: every condition is made a set of forbidden or required `key=value` texts. */
export const selects = (selector: Selector, labels: Readonly<Record<string, string>>): boolean => {
  const held = new Map(Object.entries(labels));
  const wanted = [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, operator: "In", values: [value] })),
    ...(selector.matchExpressions ?? []),
  ];
  const broken = wanted.filter(({ key, operator, values }) => {
    const value = held.get(key);
    const among = value !== undefined && new Set(values ?? []).has(value);
    const expected = { In: among, NotIn: !among, Exists: value !== undefined, DoesNotExist: value === undefined }[
      operator
    ];
    return expected !== true;
  });
  return broken.length === 0;
};
