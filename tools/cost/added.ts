import { countDeployment, type Deployment } from "./deployment.ts";
import { fixedLines, type Line, sum } from "./estimate.ts";
import { OPTIONS, OUTSIDE } from "./options.ts";

/** What each optional setting adds a month to the default deployment, without use; less than 0 if it saves. */
export const addedByOptions = (byDefault: Deployment): Line[] => {
  const standing = sum(fixedLines(byDefault));
  return [
    ...OPTIONS.map(({ setting, config }) => ({
      what: setting,
      usd: sum(fixedLines(countDeployment(config))) - standing,
    })),
    ...OUTSIDE,
  ];
};
