import type { DeployConfig } from "./config.ts";

/** Whether events go to the bus: they are wanted as such, or Jira is told of sessions, which goes by them. */
export const hasEvents = ({ events, jira }: Pick<DeployConfig, "events" | "jira">): boolean =>
  events.enabled || jira !== undefined;
