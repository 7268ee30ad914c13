import type { CatalogApplyResponse } from "../../shared/contract/catalog-answers.ts";
import { KIND_TITLES, keyOf, shownName } from "../model/policy-text.ts";
import { Badge } from "./basics.tsx";

type Results = CatalogApplyResponse["results"];

const OUTCOMES = {
  created: "New",
  replaced: "Changed",
  unchanged: "Unchanged",
  deleted: "Deleted",
} as const;

/** What a save would change. */
export const Differences = ({ results }: { results: Results }) => (
  <>
    {results.map((result) => (
      <div key={keyOf(result)} class="difference">
        <h3>
          {KIND_TITLES[result.kind]} {shownName(result)}{" "}
          <Badge tone={result.outcome === "unchanged" ? "plain" : "warn"}>{OUTCOMES[result.outcome]}</Badge>
        </h3>
        {shownDifferences(result).length > 0 && (
          <ul class="diff">
            {shownDifferences(result).map(({ path, before, after }) => (
              <li key={path}>
                <code>{path}</code>
                {before !== undefined && (
                  <del>
                    <span class="visually-hidden">before: </span>
                    {JSON.stringify(before)}
                  </del>
                )}
                {after !== undefined && (
                  <ins>
                    <span class="visually-hidden">after: </span>
                    {JSON.stringify(after)}
                  </ins>
                )}
              </li>
            ))}
          </ul>
        )}
        {result.warnings.map(({ path, message }) => (
          <p key={`${path} ${message}`} class="notice warn">
            <code>{path}</code> {message}
          </p>
        ))}
      </div>
    ))}
  </>
);

// A new entry that does not allow unknown fields is usual.
const shownDifferences = ({ diff = [] }: Results[number]) =>
  diff.filter(({ path, before, after }) => path !== "allow_unknown" || before !== undefined || after !== false);
