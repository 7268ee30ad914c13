import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { manifestOf } from "../../../tools/agent/manifest.ts";
import { imageIn } from "../../../tools/cli/agent/image.ts";
import { EXIT } from "../../../tools/cli/exit.ts";
import { LEAST } from "../../../tools/verify/chart/value-sets.ts";
import { valid } from "../agent-chart/valid.ts";
import { fakeRun } from "./fake-run.ts";

let folder = "";
const file = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "license-server-manifest-"));
  writeFileSync(file("values.yaml"), "server:\n  url: https://licenses.example.com\nlogLevel: debug\nclusterName: a\n");
  writeFileSync(file("broken.yaml"), "server: [\n");
  writeFileSync(file("list.yaml"), "- a\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

const IMAGE = ["--image", "registry.example.com/mirrord-license-agent"];
const play = (...args: string[]) => fakeRun(["agent", "manifest", ...args]);

describe("agent manifest", () => {
  it("prints the chart's objects for the server of the settings, and calls no server", async () => {
    const { exit, out, requests } = await play(
      "--cluster-name",
      "staging",
      ...IMAGE,
      "--url",
      "https://licenses.example.com/prefix",
    );
    expect(exit).toBe(EXIT.ok);
    expect(requests).toEqual([]);
    const objects = parseAllDocuments(out).map((document) => document.toJS());
    expect(objects).toEqual(JSON.parse(JSON.stringify(manifestOf(valid(LEAST), "mirrord"))));
  });

  it("gives options precedence over files, and the server's URL of a file over the settings", async () => {
    const { out } = await play(
      "-f",
      file("values.yaml"),
      "--cluster-name",
      "b",
      ...IMAGE,
      "--enforce-seats",
      "-o",
      "json",
    );
    const { kind, items } = JSON.parse(out);
    expect(kind).toBe("List");
    const { env } = items.find((each: { kind: string }) => each.kind === "Deployment").spec.template.spec.containers[0];
    const values = Object.fromEntries(env.map(({ name, value }: { name: string; value: string }) => [name, value]));
    expect(values).toMatchObject({
      LICENSE_SERVER_URL: "https://licenses.example.com",
      CLUSTER_NAME: "b",
      LOG_LEVEL: "debug",
      ENFORCE_SEATS: "true",
    });
  });

  it("names all that is missing at once, by option", async () => {
    const { exit, err, out } = await play("--url", "https://licenses.example.com", "--restart-operator");
    expect([exit, out]).toEqual([EXIT.usage, ""]);
    for (const option of [
      "--cluster-name (clusterName)",
      "--image (image.repository)",
      "--license-secret (license.secretName)",
    ])
      expect(err).toContain(`${option}: is required`);
  });

  it("warns of an address that no pod reaches", async () => {
    const { err, exit } = await play("--cluster-name", "a", ...IMAGE, "--url", "http://127.0.0.1:8080");
    expect([exit, err]).toEqual([EXIT.ok, expect.stringContaining("A pod cannot reach http://127.0.0.1:8080.")]);
  });

  it.each([
    ["broken.yaml", "is not YAML"],
    ["list.yaml", "is not a map of values"],
    ["none.yaml", "--values: "],
  ])("refuses the file %s", async (name, words) => {
    const { exit, err } = await play("-f", file(name));
    expect([exit, err]).toEqual([EXIT.usage, expect.stringContaining(words)]);
  });

  it.each([
    ["agent", { repository: "agent", tag: "", digest: "" }],
    ["host:5000/team/agent", { repository: "host:5000/team/agent", tag: "", digest: "" }],
    ["host:5000/agent:1.2", { repository: "host:5000/agent", tag: "1.2", digest: "" }],
    ["host/agent@sha256:ab", { repository: "host/agent", tag: "", digest: "sha256:ab" }],
    ["host/agent:1@sha256:ab", { repository: "host/agent", tag: "1", digest: "sha256:ab" }],
  ])("reads the image %s", (name, parts) => {
    expect(imageIn(name)).toEqual(parts);
  });
});
