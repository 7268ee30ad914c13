import { App } from "aws-cdk-lib";
import { describeProblems, loadConfig } from "./config.ts";
import { addLicenseServer } from "./license-server.ts";

const app = new App();
const loaded = loadConfig(app.node.tryGetContext("config"));
if (loaded.ok) {
  addLicenseServer(app, loaded.config);
} else {
  console.error(describeProblems(loaded.problems));
  process.exitCode = 1;
}
