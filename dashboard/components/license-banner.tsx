import { useEffect, useRef } from "preact/hooks";
import type { Failure } from "../data/api.ts";
import { useDashboard } from "../data/context.ts";
import { mayRefresh } from "../data/resource.ts";
import { useLicense } from "../data/resources.ts";
import { asSentence } from "../model/format.ts";
import { type LicenseAlert, licenseAlert } from "../model/license.ts";
import { fragmentOf } from "../model/place.ts";
import { useAllowed } from "./permission.ts";

/** A license can expire while a view stays open for days. */
const REFRESH_MS = 15 * 60_000;

/** Warns in every view about a license that has expired, expires soon or is missing. Shows nothing for a valid one. */
export const LicenseBanner = () => (useAllowed("licenseGet") ? <Banner /> : null);

const Banner = () => {
  const { formats, place } = useDashboard();
  const license = useLicense({ isShown: ({ license: terms }) => licenseAlert(terms, formats) !== undefined });
  const latest = useRef(license);
  latest.current = license;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && mayRefresh(latest.current)) latest.current.reload();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const alert = failureAlert(license.failure) ?? (license.value && licenseAlert(license.value.license, formats));
  if (alert === undefined) return null;
  return (
    <p class={`banner ${alert.tone}`} role="status">
      {alert.text} <a href={fragmentOf({ ...place, view: "license", rest: {} })}>License details</a>
    </p>
  );
};

/** A missing or invalid license is a 503 with a code. Other failures appear in the view itself. */
const failureAlert = (failure: Failure | undefined): LicenseAlert | undefined =>
  failure?.kind === "unavailable" && failure.code?.startsWith("License") === true
    ? { tone: "bad", text: asSentence(failure.message) }
    : undefined;
