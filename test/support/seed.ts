import fc from "fast-check";
import { SEED } from "./deep.ts";

// All random inputs of a run depend on `SEED`: a commit passes or fails for what it changed, and a run can be repeated.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });
