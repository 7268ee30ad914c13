/** The optional parts of the contract that agents ask for before they use them. */
export const FEATURES = ["agent", "catalog", "children", "inferred_ends", "previews", "stopped"] as const;

/** What `POST /api/v1/license` says about the server. The version is that of `package.json`, as a test checks. */
export const SERVER = { version: "0.2.0", features: [...FEATURES] };
