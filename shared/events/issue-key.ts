/**
 * A project's key, two or more capitals, digits and underscores that begin with a capital, and the issue's number (Jira
 * administration, "Changing the project key format"). Apart from other letters and digits, in capitals alone.
 */
const ISSUE_KEY = /(?<![A-Za-z0-9])[A-Z][A-Z0-9_]+-[1-9]\d*(?![A-Za-z0-9])/;

/** The first Jira issue key in a git branch's name: `KEY-123` of `my-branch-KEY-123-latest`. Undefined where there is none. */
export const issueKeyIn = (branch: string): string | undefined => ISSUE_KEY.exec(branch)?.[0];
