import type { DeployConfig } from "./config.ts";

/** Whether there is an event bus: events are wanted as such, or Jira is told of sessions, which goes by them. */
export const hasEvents = ({ events, jira }: Pick<DeployConfig, "events" | "jira">): boolean =>
  events.enabled || jira !== undefined;
