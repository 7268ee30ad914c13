import type { Call } from "./handler.ts";

/** The actor of what the license key alone did, where the deployment lets it. */
export const LICENSE_KEY_ACTOR = "license key";

/** Who did it, for the audit: the subject of the access token. */
export const actorOf = ({ principal }: Pick<Call, "principal">): string =>
  principal.kind === "access" ? principal.grant.subject : LICENSE_KEY_ACTOR;
