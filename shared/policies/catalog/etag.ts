/**
 * Whether an `If-Match` names a strong validator (RFC 9110, section 13.1.1). Quotes may be missing: people copy what they see. A
 * weak validator matches nothing.
 */
export const matchesETag = (ifMatch: string, etag: string): boolean =>
  tagsOf(ifMatch).some((tag) => tag === "*" || tag === etag || `"${tag}"` === etag);

/** Whether an `If-None-Match` names a validator. Weak ones count, too (RFC 9110, section 13.1.2). */
export const matchesAnyETag = (ifNoneMatch: string, etag: string): boolean =>
  tagsOf(ifNoneMatch).some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag);

// No validator of this server has a comma.
const tagsOf = (header: string): string[] => header.split(",").map((tag) => tag.trim());
