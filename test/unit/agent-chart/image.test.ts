import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AGENT_NODE_OPTIONS, type AgentBundle, writeAgentBundle } from "../../../tools/agent-image/bundle.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
let folder = "";
let bundle: AgentBundle;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "agent-image-"));
  bundle = await writeAgentBundle(join(folder, "app"));
});
afterAll(() => rmSync(folder, { recursive: true }));

// Outside the checkout there is no node_modules, as in the image.
const start = (env: Record<string, string>) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle.file], { cwd: folder, env, encoding: "utf8" });
  return { status, stdout, lines: stderr.trim().split("\n") };
};

describe("the agent's image", () => {
  it("starts what the Dockerfile names", () => {
    const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
    expect(dockerfile).toContain("COPY dist/agent/ /app/");
    const node = ["node", ...AGENT_NODE_OPTIONS].map((word) => JSON.stringify(word)).join(", ");
    expect(node).toBe('"node", "--max-semi-space-size=2"');
    const [, entry = ""] = new RegExp(`^ENTRYPOINT \\[${node}, "/app/([^"]+)"\\]$`, "m").exec(dockerfile) ?? [];
    expect(existsSync(join(folder, "app", entry))).toBe(true);
    expect(dockerfile).toMatch(/^USER [1-9]\d+:[1-9]\d+$/m);
  });

  it("reports all faults of its settings at once, one line each, and ends", () => {
    const { status, stdout, lines } = start({ PORT: "x", LOG_LEVEL: "loud", KUBERNETES_SERVICE_HOST: "10.0.0.1" });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(lines).toEqual([
      expect.stringMatching(/^LICENSE_SERVER_URL is not set\./),
      expect.stringMatching(/^No credential is set\./),
      expect.stringMatching(/^PORT must be/),
      expect.stringMatching(/^LOG_LEVEL must be/),
      expect.stringMatching(/^The service account of this pod cannot be read:/),
    ]);
  });

  it("can use a kubeconfig, though it loads the client for that only then", () => {
    const { status, lines } = start({ KUBECONFIG: "/nonexistent/kubeconfig" });
    expect(status).toBe(2);
    expect(lines.at(-1)).toMatch(/^KUBECONFIG is not usable \(\/nonexistent\/kubeconfig\)/);
    expect(bundle.bytes).toBeLessThan(200_000);
  });

  it("contains the license texts of the packages in it", () => {
    const texts = readFileSync(join(folder, "app", "LICENSES.txt"), "utf8");
    for (const holder of ["Panva|Filip Skokan", "Fabian Hiller", "Kubernetes|Apache License"])
      expect(texts).toMatch(new RegExp(holder));
  });
});
