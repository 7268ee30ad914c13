import { registerHooks } from "node:module";

// A process that loads this first, with `--import`, starts its server with the bundles that the run has made.

const READY = new URL("ready-bundles.ts", import.meta.url).href;
const BUNDLE = new URL("../../tools/local/bundle.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context);
    const isServer = context.parentURL?.endsWith("/tools/local/server.ts") === true;
    return isServer && resolved.url === BUNDLE ? { ...resolved, url: READY } : resolved;
  },
});
