/** What few sessions need, such as the pools of reserved seats: hot functions load it late, from a file of its own. */
export { giveBackWrites } from "./give-back.ts";
export { cutPools, poolsOf, rankedWith } from "./pools.ts";
