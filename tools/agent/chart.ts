import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** The text of a file of the chart. */
export const chartFile = (path: string): string =>
  readFileSync(new URL(`../../charts/mirrord-license-agent/${path}`, import.meta.url), "utf8");

const { appVersion } = parse(chartFile("Chart.yaml")) as { appVersion: string };

/** The release that the chart installs. */
export const APP_VERSION = appVersion;
