/** A chosen key with less than this gets a warning. */
export const ENOUGH_KEY_BITS = 80;

/**
 * An upper bound of a key's entropy in bits, from how often its characters repeat (Shannon). A weak result is certain; a
 * long phrase that is easy to guess may pass.
 */
export const keyStrengthBits = (key: string): number => {
  const counts = new Map<string, number>();
  for (const character of key) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / key.length);
  return bits;
};
