import type { FunctionName } from "../shared/contract/functions.ts";
import { type Method, methodsOf } from "../shared/contract/match-route.ts";
import { apiGatewayPath, type Route } from "../shared/contract/routes.ts";

export type GatewayRoute = {
  method: Method;
  path: string;
  function: FunctionName;
  /** Whether it is public. The function of any other route requires a credential. */
  open: boolean;
};

/**
 * The routes as the HTTP API knows them, `HEAD` beside each `GET`. Several routes may become one there, since an id
 * becomes a greedy variable. They must then belong to the same function, which finds the route. Throws if they do not.
 */
export const gatewayRoutes = (routes: readonly Route[]): GatewayRoute[] => {
  const byKey = new Map<string, GatewayRoute>();
  for (const route of routes) {
    const path = apiGatewayPath(route);
    for (const method of methodsOf(route)) {
      const key = `${method} ${path}`;
      const known = byKey.get(key);
      if (known !== undefined && known.function !== route.function)
        throw new Error(
          `${key} would lead to two functions, ${known.function} and ${route.function}; give both routes to one`,
        );
      const open = route.auth.length === 0 && (known?.open ?? true);
      byKey.set(key, { method, path, function: route.function, open });
    }
  }
  return [...byKey.values()];
};
