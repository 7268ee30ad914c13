import { deepEqual, equal } from "node:assert/strict";
import type { Browser } from "playwright-core";
import { RESPONSE_EXAMPLES } from "../../shared/contract/response-examples.ts";
import { serve, serveProxy } from "./proxy.ts";
import { openTab, settled } from "./tab.ts";
import type { World } from "./world.ts";

/**
 * A report that is too large for a response comes from the bucket's origin. The page follows the link without the token: a
 * presigned link refuses a request with one, and the bucket's CORS rule allows no extra header.
 */
export const reportFromBucket = async (browser: Browser, world: World): Promise<void> => {
  const requests: { method: string | undefined; token: string | undefined }[] = [];
  const bucket = await serve((request, response) => {
    requests.push({ method: request.method, token: request.headers.authorization });
    response.setHeader("access-control-allow-origin", "*").setHeader("content-type", "application/json");
    response.end(JSON.stringify(RESPONSE_EXAMPLES.usageReport));
  });
  const location = `${bucket.origin}/downloads/report.json?X-Amz-Signature=abc`;
  const proxy = await serveProxy(
    world,
    { "/api/v1/reports/usage": (_, response) => response.writeHead(303, { location }).end() },
    bucket.origin,
  );
  const tab = await openTab(browser, proxy.url);
  await tab.page.goto(`${proxy.url}/dashboard#/users?token=${world.token()}`);
  await settled(tab.page);
  await tab.page.getByRole("rowheader", { name: "ana@example.com" }).waitFor();
  deepEqual(requests, [{ method: "GET", token: undefined }]);
  equal(tab.faults.filter((fault) => fault !== `request to ${bucket.origin}`).length, 0);
  await tab.close();
  await proxy.stop();
  await bucket.stop();
};
