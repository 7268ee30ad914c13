import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Formats } from "../model/format.ts";
import type { Grant } from "../model/grant.ts";
import type { Place } from "../model/place.ts";
import type { Api } from "./api.ts";

export type Theme = "light" | "dark";

/** What every part of a signed-in dashboard works with. */
export type Dashboard = {
  api: Api;
  grant: Grant | undefined;
  formats: Formats;
  theme: Theme;
  /** Whether the page is being laid out for paper. */
  printing: boolean;
  place: Place;
  goTo: (change: Partial<Place>) => void;
  /** Rises with every link that is followed: the place is then another one than the page has gone to by itself. */
  followed: number;
  /** Answers kept for a while, so that switching views asks nothing again. */
  cache: Map<string, { value: unknown; at: number }>;
  /** Rises with every refresh of everything. */
  generation: number;
  /** Tells how old what is shown under a key is; undefined where it is not shown, or no longer. */
  onShown: (key: string, at: number | undefined) => void;
  onUnauthorized: () => void;
  /** Tells of something that happened, to a screen reader too. */
  announce: (message: string) => void;
};

export const DashboardContext = createContext<Dashboard | undefined>(undefined);

export const useDashboard = (): Dashboard => {
  const dashboard = useContext(DashboardContext);
  if (dashboard === undefined) throw new Error("this part needs a signed-in dashboard around it");
  return dashboard;
};
