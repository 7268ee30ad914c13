import type { Call } from "./handler.ts";

/** The actor of an action by the license key alone, if the deployment allows it. */
export const LICENSE_KEY_ACTOR = "license key";

/** Who acts, for the audit: the subject of the access token. */
export const actorOf = ({ principal }: Pick<Call, "principal">): string =>
  principal.kind === "access" ? principal.grant.subject : LICENSE_KEY_ACTOR;
