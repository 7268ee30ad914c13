import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { killAll, killSession, releaseSeat } from "./actions.ts";
import { reportFromBucket } from "./bucket.ts";
import { forcedColours } from "./forced-colours.ts";
import { refreshesWithCare, tellsItsAge, tokenEnds } from "./freshness.ts";
import { walkByKeyboard } from "./keyboard.ts";
import { manyUsers } from "./large.ts";
import { oddNames } from "./names.ts";
import { printViews } from "./print.ts";
import { linkToRoi, typeIntoRoi } from "./roi.ts";
import { busyServer, missingScope, refusedToken, signInAndOut, takeTokenFromLink } from "./sign-in.ts";
import { linkToTable } from "./table-link.ts";
import { LOOKS, lookAtViews } from "./views.ts";
import { fillPast, startSessions, startWorld, type World } from "./world.ts";

/**
 * The dashboard in a real browser, on a real server: `node test/browser/main.ts [folder for the pictures]`. It needs a
 * Chromium (CHROMIUM_PATH, or Debian's); .ci/dashboard.sh installs one.
 */
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "dashboard-pictures-"));
const executablePath = process.env["CHROMIUM_PATH"] || "/usr/bin/chromium";

const main = async (): Promise<number> => {
  mkdirSync(folder, { recursive: true });
  const world = await startWorld(folder);
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  let failed = 0;
  const check = async (name: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      const told = await run();
      console.log(`ok    ${name}${typeof told === "string" ? `: ${told}` : ""}`);
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
  console.log(`pictures in ${folder}`);
  return failed === 0 ? 0 : 1;
};

type Check = (name: string, run: () => Promise<unknown>) => Promise<void>;

const checkAll = async (world: World, browser: Awaited<ReturnType<typeof chromium.launch>>, check: Check) => {
  fillPast(world);
  const sessions = await startSessions(world);
  for (const look of LOOKS) await check(`every view, ${look.name}`, () => lookAtViews(browser, world, look));
  await check("every view, on paper", () => printViews(browser, world));
  await check("forced colours", () => forcedColours(browser, world));
  await check("long and odd names", () => oddNames(browser, world));
  await check("a place survives the sign-in; sign-out forgets the token", () => signInAndOut(browser, world));
  await check("a link's token leaves the address", () => takeTokenFromLink(browser, world));
  await check("a missing scope is said in place of its part", () => missingScope(browser, world));
  await check("a refused token leads to the sign-in", () => refusedToken(browser, world));
  await check("a busy server is asked again", () => busyServer(browser, world));
  await check("what is shown is no older than is said", () => tellsItsAge(browser, world));
  await check("what refreshes by itself does so with care", () => refreshesWithCare(browser, world));
  await check("a token that ends, and a clock that is wrong", () => tokenEnds(browser, world));
  await check("a link to the calculator has its inputs", () => linkToRoi(browser, world));
  await check("what is typed fast into the calculator is kept", () => typeIntoRoi(browser, world));
  await check("a link to a table has its search and its order; paper has all its rows", () =>
    linkToTable(browser, world),
  );
  await check("by keyboard alone", () => walkByKeyboard(browser, world));
  await check("kill", () => killSession(browser, world, sessions));
  await check("kill all", () => killAll(browser, world, sessions));
  await check("release", () => releaseSeat(browser, world));
  await check("a large report is followed to the bucket", () => reportFromBucket(browser, world));
  await check("10,000 users and a year", () => manyUsers(browser, world));
};

process.exitCode = await main();
