import { deepEqual, equal } from "node:assert/strict";
import type { Browser } from "playwright-core";
import { RESPONSE_EXAMPLES } from "../../shared/contract/response-examples.ts";
import { serve, serveBetween } from "./proxy.ts";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/**
 * A report too large for an answer comes from the bucket's origin. The page follows the link there, without the token: a
 * presigned link refuses a request that has one, and the bucket's CORS rule lets no header of ours pass.
 */
export const reportFromBucket = async (browser: Browser, world: World): Promise<void> => {
  const asked: { method: string | undefined; token: string | undefined }[] = [];
  const bucket = await serve((request, response) => {
    asked.push({ method: request.method, token: request.headers.authorization });
    response.setHeader("access-control-allow-origin", "*").setHeader("content-type", "application/json");
    response.end(JSON.stringify(RESPONSE_EXAMPLES.usageReport));
  });
  const location = `${bucket.origin}/downloads/report.json?X-Amz-Signature=abc`;
  const between = await serveBetween(
    world,
    { "/api/v1/reports/usage": (_, response) => response.writeHead(303, { location }).end() },
    bucket.origin,
  );
  const tab = await openTab(browser, between.url);
  await tab.page.goto(`${between.url}/dashboard#/users?token=${world.token()}`);
  await settled(tab.page);
  await tab.page.getByRole("rowheader", { name: "ana@example.com" }).waitFor();
  deepEqual(asked, [{ method: "GET", token: undefined }]);
  equal(tab.faults.filter((fault) => fault !== `request to ${bucket.origin}`).length, 0);
  await tab.close();
  await between.stop();
  await bucket.stop();
};
