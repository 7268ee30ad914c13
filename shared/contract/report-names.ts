/** The names of files in the report bucket. Functions get their rights by these prefixes. */

/** The reports that are made automatically: `reports/usage/<from>_<to>.xlsx` and `.json`. */
export const USAGE_REPORTS_PREFIX = "reports/usage/";

/** Answers too large for Lambda: `downloads/<yyyy-mm-dd>/<random id>/<file name>`. They are deleted soon. */
export const DOWNLOADS_PREFIX = "downloads/";

/** A file below `DOWNLOADS_PREFIX` is deleted after this many days. */
export const DOWNLOADS_DAYS = 1;
