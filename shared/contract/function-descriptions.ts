import type { FunctionName } from "./functions.ts";

/** What each function does. Beside `FUNCTIONS`, which is in every bundle: no function reads this. */
export const FUNCTION_DESCRIPTIONS: Readonly<Record<FunctionName, string>> = {
  public: "Health and the OpenAPI document",
  license: "Returns the license and leases to operators; publishes the public keys",
  heartbeat: "Records heartbeats of operators with their events",
  sessions: "Records starts of sessions, with their seats, and ends",
  admin: "Lists live sessions, operators, seats and the audit; stops sessions, releases seats and installations",
  policies: "Keeps the catalog of policies and profiles, returns each cluster's set, and evaluates policies",
  reports: "Builds the reports",
  metrics: "Answers Prometheus scrapes",
  dashboard: "Serves the web page",
  fallback: "Answers 404 and 405; logs authenticated calls of unknown routes",
  token: "Makes, lists and revokes access tokens; IAM decides who may invoke it",
  watch: "Checks license, seats, denials, operators and jobs every ten minutes; notifies once of each event",
  reaper: "Ends the sessions of operators that do not return",
  seatJob: "Puts the rules of seats into force, and frees floating seats that nobody holds",
  dayClose: "Computes the statistics of days that are over, peaks included",
  reportJob: "Stores the usage report of a period that is over, and notifies",
  events: "Makes events from changes of the table, for the pipe to the event bus",
  jira: "Sends the session time of an issue to Jira",
};
