import type { RouteName } from "../../shared/contract/routes.ts";
import { scopeOf } from "../data/api.ts";
import { useDashboard } from "../data/context.ts";

/**
 * Whether the token says that it opens a route, by which a button is offered or not. A token that does not say what it opens
 * is left to the server to judge.
 */
export const useAllowed = (route: RouteName): boolean => {
  const { grant } = useDashboard();
  const scope = scopeOf(route);
  return scope === undefined || grant === undefined || grant.scopes.includes(scope);
};
