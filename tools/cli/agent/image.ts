import type { SomeValues } from "../../agent/values.ts";

/** The parts of an image's name: `registry:5000/name:tag`, `name@sha256:…`. What is not given is empty. */
export const imageIn = (name: string): SomeValues => {
  const [rest = "", digest = ""] = name.split("@");
  // A colon before a slash is of the registry's port.
  const [, repository = rest, tag = ""] = /^(.*):([^/:]*)$/.exec(rest) ?? [];
  return { repository, tag, digest };
};
