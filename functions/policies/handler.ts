import { applyChanges } from "../../shared/http/endpoints/catalog/apply.ts";
import { deleteEntry, putEntry, restoreEntry } from "../../shared/http/endpoints/catalog/change.ts";
import { postAccept, postPrune } from "../../shared/http/endpoints/catalog/prune.ts";
import { getCatalog, getEntry, getHistory } from "../../shared/http/endpoints/catalog/read.ts";
import { getStatus } from "../../shared/http/endpoints/catalog/status.ts";
import { postEvaluate } from "../../shared/http/endpoints/policies/evaluate.ts";
import { getJob, postImpact } from "../../shared/http/endpoints/policies/impact.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { catalogReader } from "../../shared/policies/catalog/read.ts";
import { openReportStore } from "../../shared/store/open-report-store.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime, reports = openReportStore(runtime.env)) => {
  const { now, log, checkAddress, licenseKeys, leaseKeys, access, env } = runtime;
  const read = catalogReader(() => runtime.table);
  return httpHandler({
    now,
    log,
    checkAddress,
    // The license key alone opens nothing here, whatever the deployment's configuration says of it.
    authenticator: {
      checkKey: licenseKeys.accepts,
      lease: { keys: leaseKeys, issuer: env.TOKEN_ISSUER },
      access,
      now,
    },
    endpoints: {
      catalogList: getCatalog(runtime, read),
      catalogStatus: getStatus(runtime),
      catalogApply: applyChanges(runtime),
      catalogPrune: postPrune(runtime),
      catalogAccept: postAccept(runtime),
      catalogGet: getEntry(runtime, read),
      catalogPut: putEntry(runtime),
      catalogDelete: deleteEntry(runtime),
      catalogHistory: getHistory(runtime),
      catalogRestore: restoreEntry(runtime),
      policyEvaluate: postEvaluate(runtime, read),
      policyImpact: postImpact(runtime),
      job: getJob(runtime, reports),
    },
  });
};

export const handler = create(createRuntime("policies"));
