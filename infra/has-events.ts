import type { DeployConfig } from "./config.ts";

/** Whether events go to the bus: because they are switched on, or because the reports to Jira need them. */
export const hasEvents = ({ events, jira }: Pick<DeployConfig, "events" | "jira">): boolean =>
  events.enabled || jira !== undefined;
