import type { DeployConfig } from "../../../infra/config.ts";
import type { Check } from "../doctor/check.ts";
import type { AskAws } from "./ask-aws.ts";

/** One thing to look up. It may find several faults, and finds none where the configuration does not need it. */
export type Look = (config: DeployConfig, ask: AskAws) => Promise<Check[]>;
