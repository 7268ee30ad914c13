import { createHash } from "node:crypto";
import type { UserStart } from "../../../agent/wire/bodies.ts";
import { HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { createRandom, type Random } from "../random.ts";

export type Client = UserStart["client"];

/** Offsets from midnight UTC, in milliseconds. */
export type Habits = { startsAt: number; lunchAt: number; endsAt: number };

export type Member = {
  name: string;
  /** One to three, the one used most first. */
  machines: readonly Client[];
  habits: Habits;
  /** The cluster this member mostly works in. */
  homeCluster: number;
};

const FIRST_NAMES = [
  "Ada Amir Ana Bo Carla Chen Dana Dev Eli Emma Farid Femi Gil Hana",
  "Ines Ivan Jae Jonas Kaya Lena Liam Maya Mei Milo Nadia Noa Omar Pia",
  "Priya Quinn Ravi Rosa Sami Sara Tal Tom Uma Vera Yael Zoe",
].flatMap((names) => names.split(" "));
const LAST_NAMES = [
  "Abebe Ahmed Bauer Berg Cohen Costa Diaz Dubois Eriksen Fischer Garcia Haddad",
  "Ito Ivanova Jensen Kaplan Khan Kim Larsen Levi Lopez Meyer Mizrahi Moreau",
  "Nakamura Nowak Okafor Patel Peretz Rossi Santos Sato Schmidt Silva Singh Tanaka",
  "Toledano Wagner Weber Yilmaz",
].flatMap((names) => names.split(" "));
const CLI_VERSIONS = ["3.187.0", "3.186.1", "3.184.0"];

/** The people of a team. The same seed gives the same people; a larger team begins with those of a smaller one. */
export const createMembers = (seed: string, users: number, clusters: number): Member[] =>
  Array.from({ length: users }, (_, index) => createMember(seed, index, clusters));

/** The machines that run CI jobs, each one job at a time. */
export const createRunners = (seed: string, count: number): Client[] =>
  Array.from({ length: count }, (_, index) => ({
    id: certificateHash(`${seed}/runner/${index}`),
    hostname: `ci-runner-${index + 1}`,
    username: "runner",
    name: "CI",
    kubernetes_username: `system:serviceaccount:ci:runner-${index + 1}`,
    cli_version: "3.187.0",
  }));

const createMember = (seed: string, index: number, clusters: number): Member => {
  const random = createRandom(`${seed}/people/${index}`);
  const { first, last, suffix } = nameOf(index);
  const username = `${first.slice(0, 1)}${last}${suffix}`.toLowerCase();
  const kubernetesUsername = `${first}.${last}${suffix}@example.com`.toLowerCase();
  const machines = MACHINE_KINDS.slice(0, machineCount(random)).map((kind, machine) => ({
    id: certificateHash(`${seed}/people/${index}/machine/${machine}`),
    hostname: `${username}-${kind}`,
    username: kind === "devbox" ? "ubuntu" : username,
    name: `${first} ${last}${suffix}`,
    kubernetes_username: kubernetesUsername,
    cli_version: random.pick(CLI_VERSIONS),
  }));
  return {
    name: `${first} ${last}${suffix}`,
    machines,
    habits: habitsOf(random),
    homeCluster: random.integer(0, clusters - 1),
  };
};

const MACHINE_KINDS = ["mbp", "devbox", "desktop"];
const machineCount = (random: Random): number => {
  const draw = random.next();
  return draw < 0.7 ? 1 : draw < 0.92 ? 2 : 3;
};

const habitsOf = (random: Random): Habits => ({
  startsAt: 8 * HOUR_MS + random.integer(0, 105) * MINUTE_MS,
  lunchAt: 12 * HOUR_MS + random.integer(-15, 45) * MINUTE_MS,
  endsAt: 16.5 * HOUR_MS + random.integer(0, 120) * MINUTE_MS,
});

// The step is coprime to the number of pairs, so each pair comes once before any comes again, with a number.
const nameOf = (index: number): { first: string; last: string; suffix: string } => {
  const pairs = FIRST_NAMES.length * LAST_NAMES.length;
  const pair = (index * 619) % pairs;
  const round = Math.floor(index / pairs);
  return {
    first: FIRST_NAMES[pair % FIRST_NAMES.length] ?? "",
    last: LAST_NAMES[Math.floor(pair / FIRST_NAMES.length)] ?? "",
    suffix: round === 0 ? "" : String(round + 1),
  };
};

// Like the id of a real client: a SHA-256 in base64, with slashes and plus signs.
const certificateHash = (text: string): string => createHash("sha256").update(text).digest("base64");
