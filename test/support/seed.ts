import fc from "fast-check";
import { runsOf, SEED } from "./deep.ts";

// All random inputs of a run depend on `SEED`: a commit passes or fails for what it changed, and a run can be repeated.
// A property without a number of its own is tried on fast-check's usual 100 inputs where it is to be deep.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED, numRuns: runsOf(100) });
