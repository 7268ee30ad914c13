/** `SEED` decides all random inputs of a run, so that a run can be repeated. Without it each run has its own. */
const seed = process.env["SEED"];
if (seed !== undefined && seed !== "") {
  const { default: fc } = await import("fast-check");
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
}
