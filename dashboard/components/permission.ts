import type { RouteName } from "../../shared/contract/routes.ts";
import { scopeOf } from "../data/api.ts";
import { useDashboard } from "../data/context.ts";

/**
 * Whether the token has the scope of a route, to show or hide a button. For a token without readable claims the answer is
 * yes; the server decides.
 */
export const useAllowed = (route: RouteName): boolean => {
  const { grant } = useDashboard();
  const scope = scopeOf(route);
  return scope === undefined || grant === undefined || grant.scopes.includes(scope);
};
