/** Where files lie in the report bucket. What a function may do there is granted by these prefixes. */

/** The reports that are made by themselves: `reports/usage/<from>_<to>.xlsx`, and `.json`. */
export const USAGE_REPORTS_PREFIX = "reports/usage/";

/** Answers too large for Lambda: `downloads/<yyyy-mm-dd>/<random id>/<file name>`. They are deleted soon. */
export const DOWNLOADS_PREFIX = "downloads/";

/** After so many days a file below `DOWNLOADS_PREFIX` is deleted. */
export const DOWNLOADS_DAYS = 1;
