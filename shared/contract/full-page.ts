/**
 * With so much in it a page of a list is full, however few entries that are: with long names or many ports a whole one
 * would be more than Lambda can answer (6 MB).
 */
export const FULL_PAGE_BYTES = 2_000_000;
