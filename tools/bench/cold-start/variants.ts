import { HOT_FUNCTIONS, type HotFunction } from "../../../shared/contract/bundling.ts";
import { FUNCTIONS, type FunctionName } from "../../../shared/contract/functions.ts";
import type { Bundles } from "../../local/bundle.ts";
import { hotCall } from "./calls.ts";
import type { Start } from "./process.ts";
import type { World } from "./world.ts";
import type { Yardsticks } from "./yardsticks.ts";

/** One way of starting cold; `start` is asked anew each time, since no two calls may be the same. */
export type Variant = {
  readonly label: string;
  /** The function that it starts, if it is none of the yardsticks. */
  readonly name?: FunctionName;
  /** Whether it also makes the first call. */
  readonly calls: boolean;
  /** Whether the function has its secrets as a deployed one has them. */
  readonly deployed: boolean;
  readonly start: (count: number) => Start;
};

export type Variants = {
  readonly empty: Variant;
  readonly client: Variant;
  readonly caller: Variant;
  readonly functions: readonly Variant[];
};

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

/** The yardsticks; the hot functions, with their first calls, by either source of secrets; the others, only loaded. */
export const variantsOf = (world: World, bundles: Bundles, yardsticks: Yardsticks): Variants => ({
  empty: yardstick(world, "empty handler", yardsticks.empty),
  client: yardstick(world, "bare DynamoDBClient", yardsticks.client),
  caller: yardstick(world, "bare DynamoDBClient, one UpdateItem", yardsticks.caller),
  functions: [
    ...HOT_FUNCTIONS.map((name) => hot(world, bundles, name, false)),
    ...HOT_FUNCTIONS.map((name) => hot(world, bundles, name, true)),
    ...NAMES.filter((name) => !isHot(name)).map((name) => loadOnly(world, bundles, name)),
  ],
});

export const isHot = (name: FunctionName): boolean => HOT_FUNCTIONS.some((hot) => hot === name);

const yardstick = (world: World, label: string, bundle: string): Variant => ({
  label,
  calls: true,
  deployed: false,
  start: (count) => ({ bundle, env: world.withFiles, event: hotCall("license", world.licenseKey, count, Date.now()) }),
});

const hot = (world: World, bundles: Bundles, name: HotFunction, deployed: boolean): Variant => ({
  label: `${name}, secrets from ${deployed ? "Secrets Manager" : "files"}`,
  name,
  calls: true,
  deployed,
  start: (count) => ({
    bundle: bundles[name].file,
    env: deployed ? world.withSecretsManager : world.withFiles,
    event: hotCall(name, world.licenseKey, count, Date.now()),
  }),
});

const loadOnly = (world: World, bundles: Bundles, name: FunctionName): Variant => ({
  label: name,
  name,
  calls: false,
  deployed: true,
  start: () => ({ bundle: bundles[name].file, env: world.withSecretsManager }),
});
