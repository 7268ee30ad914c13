import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Formats } from "../model/format.ts";
import type { Grant } from "../model/grant.ts";
import type { Place } from "../model/place.ts";
import type { Api } from "./api.ts";

export type Theme = "light" | "dark";

/** The state and services that every component of a signed-in dashboard uses. */
export type Dashboard = {
  api: Api;
  grant: Grant | undefined;
  formats: Formats;
  theme: Theme;
  /** Whether the page is being printed. */
  printing: boolean;
  place: Place;
  goTo: (change: Partial<Place>) => void;
  /** The number of links followed. It changes when the user, not the page, changed the address. */
  linksFollowed: number;
  /** Recent responses, so that switching views sends no new requests. */
  cache: Map<string, { value: unknown; at: number }>;
  /** The number of times everything was refreshed. */
  generation: number;
  /** Reports the age of the data shown under a key; undefined when it is not shown. */
  onShown: (key: string, at: number | undefined) => void;
  onUnauthorized: () => void;
  /** Announces an event to screen readers. */
  announce: (message: string) => void;
};

export const DashboardContext = createContext<Dashboard | undefined>(undefined);

export const useDashboard = (): Dashboard => {
  const dashboard = useContext(DashboardContext);
  if (dashboard === undefined) throw new Error("useDashboard requires a DashboardContext.Provider");
  return dashboard;
};
