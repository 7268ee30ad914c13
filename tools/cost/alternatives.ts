import { HOURS_A_MONTH, PRICES } from "./prices.ts";

export type Alternative = { short: string; name: string; usd: number };

const NODE = PRICES.t4gSmallHour * HOURS_A_MONTH;
const BALANCER = (PRICES.balancerHour + 0.1 * PRICES.balancerUnitHour + 2 * PRICES.publicAddressHour) * HOURS_A_MONTH;
const DISK_GB = 20;
/** The smallest task: a quarter of a processor, half a GB. In public subnets, so that no NAT gateway is needed. */
const FARGATE_TASK =
  (0.25 * PRICES.fargateCpuHour + 0.5 * PRICES.fargateGbHour + PRICES.publicAddressHour) * HOURS_A_MONTH;
const RDS_MULTI_AZ = PRICES.rdsT4gMicroMultiAzHour * HOURS_A_MONTH + DISK_GB * PRICES.rdsGp3MultiAzGbMonth;

/**
 * The monthly cost of the same service on an always-on server. The cluster's control plane ($73 a month on EKS), logs,
 * backups and operations are not included.
 */
export const ALTERNATIVES: readonly Alternative[] = [
  {
    short: "pod with SQLite",
    name: "one pod with SQLite: half a t4g.small node, 20 GB of gp3; the ingress exists already",
    usd: NODE / 2 + DISK_GB * PRICES.gp3GbMonth,
  },
  {
    short: "pod and RDS in one zone",
    name: "one pod (half a t4g.small), RDS PostgreSQL db.t4g.micro in one zone with 20 GB, a load balancer",
    usd: NODE / 2 + PRICES.rdsT4gMicroHour * HOURS_A_MONTH + DISK_GB * PRICES.rdsGp3GbMonth + BALANCER,
  },
  {
    short: "two pods and RDS Multi-AZ",
    name: "two pods in two zones (half a node each), RDS db.t4g.micro Multi-AZ with 20 GB, a load balancer",
    usd: NODE + RDS_MULTI_AZ + BALANCER,
  },
  {
    short: "two Fargate tasks and RDS Multi-AZ",
    name: "two Fargate tasks in two zones (0.25 vCPU, 0.5 GB each), RDS db.t4g.micro Multi-AZ with 20 GB, a load balancer",
    usd: 2 * FARGATE_TASK + RDS_MULTI_AZ + BALANCER,
  },
];
