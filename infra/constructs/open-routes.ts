import type { GatewayRoute } from "../gateway-routes.ts";

// Routes that need no credential cost money however often anybody calls them. No operator calls them often.
/** Requests per second, and at once, to each such route. */
export const OPEN_RATE = 20;
export const OPEN_BURST = 100;

/** Whether a route has these limits. Operators fetch the public keys when they start, and all of them may start at once. */
export const hasSmallLimits = ({ open, function: name }: GatewayRoute): boolean => open && name !== "license";
