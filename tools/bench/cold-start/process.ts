import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** One cold start, in milliseconds. */
export type ColdStart = {
  /** From the start of the process until the bundle is loaded: the only one with the boot of Node itself. */
  startMs: number;
  loadMs: number;
  /** Next to nothing where nothing is called. */
  callMs: number;
  /** The processor's time for load and call, of all threads. */
  cpuMs: number;
};

export type Start = {
  /** The bundle's file. */
  bundle: string;
  env: Readonly<Record<string, string>>;
  /** The first call; without one, the bundle is only loaded. */
  event?: APIGatewayProxyEventV2;
};

type Told = ColdStart & { status: number; body?: string };

const PROBE = join(import.meta.dirname, "probe.cjs");

/** Starts a bundle in a fresh process. Rejects where its first call is not answered with success. */
export const coldStart = async ({ bundle, env, event }: Start): Promise<ColdStart> => {
  const child = fork(PROBE, event === undefined ? [bundle] : [bundle, JSON.stringify(event)], {
    env: { ...env },
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let told: Told | undefined;
  child.once("message", (message) => {
    told = message as Told;
    // The SDK keeps its connections open.
    child.kill();
  });
  await once(child, "exit");
  if (told === undefined) throw new Error(`${bundle} did not start`);
  if (told.status >= 300) throw new Error(`${bundle} answered ${told.status}: ${told.body}`);
  return told;
};
