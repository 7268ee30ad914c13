import { HOURS_A_MONTH, PRICES } from "./prices.ts";

export type Alternative = { name: string; usd: number };

const NODE = PRICES.t4gSmallHour * HOURS_A_MONTH;
const BALANCER = (PRICES.balancerHour + 0.1 * PRICES.balancerUnitHour + 2 * PRICES.publicAddressHour) * HOURS_A_MONTH;
const DISK_GB = 20;

/**
 * What the same service costs a month as a server that runs always. The cluster's control plane ($73 a month on EKS), logs,
 * backups and the work of running it are left out.
 */
export const ALTERNATIVES: readonly Alternative[] = [
  {
    name: "one pod with SQLite: half a t4g.small node, 20 GB of gp3; its ingress is there already",
    usd: NODE / 2 + DISK_GB * PRICES.gp3GbMonth,
  },
  {
    name: "one pod (half a t4g.small), RDS PostgreSQL db.t4g.micro in one zone with 20 GB, a load balancer",
    usd: NODE / 2 + PRICES.rdsT4gMicroHour * HOURS_A_MONTH + DISK_GB * PRICES.rdsGp3GbMonth + BALANCER,
  },
  {
    name: "two pods in two zones (half a node each), RDS db.t4g.micro Multi-AZ with 20 GB, a load balancer",
    usd: NODE + PRICES.rdsT4gMicroMultiAzHour * HOURS_A_MONTH + DISK_GB * PRICES.rdsGp3MultiAzGbMonth + BALANCER,
  },
];
