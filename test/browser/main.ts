import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { killAll, killSession, releaseSeat, releaseWarns } from "./actions.ts";
import { reportFromBucket } from "./bucket.ts";
import { changeRange, pointAtCharts } from "./charts.ts";
import { showsClusters } from "./clusters.ts";
import { downloadTables } from "./download.ts";
import { forcedColours } from "./forced-colours.ts";
import { refreshesPolitely, showsDataAge, tokenEnds } from "./freshness.ts";
import { useKeyboardOnly } from "./keyboard.ts";
import { manyUsers } from "./large.ts";
import { expiredLicense } from "./license.ts";
import { oddNames } from "./names.ts";
import { changePolicy, deletePolicy, policiesOnScreens, readPolicies, writePolicy } from "./policies.ts";
import { printViews } from "./print.ts";
import { linkToRoi, typeIntoRoi } from "./roi.ts";
import { busyServer, missingScope, refusedToken, signInAndOut, takeTokenFromLink } from "./sign-in.ts";
import { linkToTable } from "./table-link.ts";
import { checkViews, SCREENS } from "./views.ts";
import { fillPast, startAgents, startSessions, startWorld, type World } from "./world.ts";

/**
 * The dashboard in a real browser, on a real server: `node test/browser/main.ts [folder for the pictures] [text]`. With a text,
 * only the checks whose name contains it run. It needs a Chromium (CHROMIUM_PATH, or Debian's); .ci/dashboard.sh installs one.
 */
const [folder = mkdtempSync(join(tmpdir(), "dashboard-pictures-")), only = ""] = process.argv.slice(2);
const executablePath = process.env["CHROMIUM_PATH"] || "/usr/bin/chromium";

const main = async (): Promise<number> => {
  mkdirSync(folder, { recursive: true });
  const world = await startWorld(folder);
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  let [ran, failed] = [0, 0];
  const check: Check = async (name, run) => {
    if (!name.includes(only)) return;
    ran += 1;
    try {
      const result = await run();
      console.log(`ok    ${name}${typeof result === "string" ? `: ${result}` : ""}`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}\n${error instanceof Error ? error.message : error}`);
    }
  };
  try {
    await checkAll(world, browser, check);
  } finally {
    await browser.close();
    await world.stop();
  }
  console.log(`${ran} checks, ${failed} failed; pictures in ${folder}`);
  return ran > 0 && failed === 0 ? 0 : 1;
};

type Check = (name: string, run: () => Promise<unknown>) => Promise<void>;

const checkAll = async (world: World, browser: Browser, check: Check): Promise<void> => {
  fillPast(world);
  const sessions = await startSessions(world);
  await startAgents(world);
  for (const screen of SCREENS) await check(`every view, ${screen.name}`, () => checkViews(browser, world, screen));
  await check("every view, in print", () => printViews(browser, world));
  await check("forced colours", () => forcedColours(browser, world));
  await check("long and odd names", () => oddNames(browser, world));
  await check("an expired license shows in every view", () => expiredLicense(browser, world));
  await check("the view survives the sign-in; sign-out removes the token", () => signInAndOut(browser, world));
  await check("a link's token is removed from the address", () => takeTokenFromLink(browser, world));
  await check("a missing scope is shown in its place", () => missingScope(browser, world));
  await check("a refused token leads to the sign-in", () => refusedToken(browser, world));
  await check("a busy server is retried", () => busyServer(browser, world));
  await check("the page shows the age of its data", () => showsDataAge(browser, world));
  await check("the automatic refresh respects the server", () => refreshesPolitely(browser, world));
  await check("an expired token, and a wrong clock", () => tokenEnds(browser, world));
  await check("a link to the calculator sets its inputs", () => linkToRoi(browser, world));
  await check("fast typing in the calculator loses nothing", () => typeIntoRoi(browser, world));
  await check("a link to a table has its search and order; print has all rows", () => linkToTable(browser, world));
  await check("a table downloads as CSV", () => downloadTables(browser, world));
  await check("pointing at a chart moves nothing", () => pointAtCharts(browser, world));
  await check("a change of range moves nothing", () => changeRange(browser, world));
  await check("keyboard alone", () => useKeyboardOnly(browser, world));
  await check("release warns about live sessions", () => releaseWarns(browser, world));
  await check("clusters with their agents", () => showsClusters(browser, world));
  await check("policies: write one", () => writePolicy(browser, world));
  await check("policies: two admins, and the history", () => changePolicy(browser, world));
  await check("policies: read only, no scope, failing", () => readPolicies(browser, world));
  await check("policies: on every screen", () => policiesOnScreens(browser, world));
  await check("policies: delete with the keyboard", () => deletePolicy(browser, world));
  await check("kill", () => killSession(browser, world, sessions));
  await check("kill all", () => killAll(browser, world, sessions));
  await check("release", () => releaseSeat(browser, world));
  await check("a large report is loaded from the bucket", () => reportFromBucket(browser, world));
  await check("10,000 users and a year", () => manyUsers(browser, world));
};

process.exitCode = await main();
