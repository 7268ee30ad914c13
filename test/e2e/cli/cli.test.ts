import { deployed } from "./deployed.ts";
import { seeing } from "./see.ts";
import { settingUp } from "./setup.ts";
import { steering } from "./steer.ts";
import { cliWorld } from "./world.ts";

// One server for all of them: to start it takes longer than to call it a dozen times.
const world = cliWorld();

seeing(world);
steering(world);
settingUp(world);
deployed(world);
