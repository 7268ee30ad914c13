/** Which secrets stand in a log: any of the keys, any line of the license files, anything that looks like a token or a key. */
export const secretsIn = (
  logs: readonly Record<string, unknown>[],
  { keys, pems }: { keys: readonly string[]; pems: readonly string[] },
): string[] => {
  const text = JSON.stringify(logs);
  const known = [...keys, ...pems.flatMap(pemLines)].filter((secret) => secret.length >= TELLING);
  return [
    ...known.filter((secret) => text.includes(secret)),
    ...(text.match(/-----BEGIN [A-Z ]+|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g) ?? []),
  ];
};

// Shorter ones, as the last line of a PEM block may be, would be found by chance.
const TELLING = 12;

const pemLines = (pem: string): string[] => pem.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("---"));
