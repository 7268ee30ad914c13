/**
 * A project's key and the issue's number. The key is two or more capitals, digits and underscores, and begins with a capital
 * (Jira administration, "Changing the project key format"). No letter or digit of any script may touch it.
 */
const ISSUE_KEY = /(?<![\p{L}\p{M}\p{N}])[A-Z][A-Z0-9_]+-[1-9][0-9]*(?![\p{L}\p{M}\p{N}])/u;

/** The first Jira issue key in a git branch's name: `KEY-123` of `my-branch-KEY-123-latest`. Undefined where there is none. */
export const issueKeyIn = (branch: string): string | undefined => ISSUE_KEY.exec(branch)?.[0];
