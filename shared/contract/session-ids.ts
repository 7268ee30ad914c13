/**
 * A session's id as people see it in `mirrord operator status`: an agent adds to the operator's hexadecimal id a part of the
 * object's own, which is left out here. Every other id is shown as it is.
 */
export const shownSessionId = (id: string): string => {
  const [, hex] = /^([0-9a-f]{1,16})[.:][0-9a-f]{8}$/.exec(id) ?? [];
  return hex === undefined ? id : plainHex(hex);
};

/** Whether what a person gives names a session: its id, or that id as it is shown, in any case and with zeros before it. */
export const namesSession = (id: string, given: string): boolean =>
  id === given || (isShownHex(given) && shownSessionId(id) === plainHex(given));

/** Whether a text may be an id as it is shown that is not the id itself. */
export const isShownHex = (given: string): boolean => /^[0-9a-f]{1,16}$/i.test(given);

const plainHex = (hex: string): string => BigInt(`0x${hex}`).toString(16).toUpperCase();
