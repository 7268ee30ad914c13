import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** Something that a call of a handler can be held against. */
export type Yardstick = { readonly name: string; readonly make: () => unknown };

export const PARSING = "JSON.parse of its body";
export const SIGNATURE = "one Ed25519 signature";

export const emptyHandler: Yardstick = { name: "empty handler", make: async () => ({ statusCode: 200 }) };

export const parsing = (body: string): Yardstick => ({ name: PARSING, make: () => JSON.parse(body) });

/** What a lease needs and cannot do without: a signature over a token of its size. */
export const signature = (): Yardstick => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const token = randomBytes(400);
  return { name: SIGNATURE, make: () => sign(null, token, privateKey) };
};
