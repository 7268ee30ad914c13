/** The claims of an access token. For display only: the server decides what a token permits. */
export type Grant = { subject: string; scopes: readonly string[]; expiresAt: number | undefined };

/** Reads an access token's claims without verifying them; undefined when the text is not a JWT (RFC 7519). */
export const readGrant = (token: string): Grant | undefined => {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const base64 = payload.replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof claims !== "object" || claims === null) return undefined;
    const { sub, scope, exp } = claims as Record<string, unknown>;
    return {
      subject: typeof sub === "string" ? sub : "",
      scopes: typeof scope === "string" ? scope.split(" ") : [],
      expiresAt: typeof exp === "number" ? exp * 1_000 : undefined,
    };
  } catch {
    return undefined;
  }
};

/** Extracts the token from pasted text: it may have quotes, a `Bearer` prefix, or be a sign-in link. */
export const cleanToken = (text: string): string =>
  text
    .trim()
    .replace(/^.*[#?&]token=/s, "")
    .replace(/[&].*$/s, "")
    .replace(/^Bearer\s+/i, "")
    .replace(/^["']|["']$/g, "");
