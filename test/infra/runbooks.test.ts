import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { pascalCase } from "../../infra/pascal-case.ts";
import { FUNCTIONS } from "../../shared/contract/functions.ts";
import { createProgram } from "../../tools/cli/program.ts";
import { resourcesOf, synthesize, type Template } from "./synth.ts";

const DOCS = join(import.meta.dirname, "..", "..", "docs");
const read = (path: string): string => readFileSync(join(DOCS, path), "utf8");
const RUNBOOKS = globSync("runbooks/*.md", { cwd: DOCS }).sort();
const MOST_LINES = 45;

const shellBlocks = (page: string): string[] =>
  [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);
const BLOCKS = ["operations.md", ...RUNBOOKS].flatMap((file) =>
  shellBlocks(read(file)).map((block): [string, string] => [file, block]),
);

const webhookSecretArn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123";
const { data, service } = synthesize({ region: "eu-central-1", jira: { webhookSecretArn } });

describe("a runbook", () => {
  it.each(RUNBOOKS)("%s fits on a screen, and is on the on-call page", (file) => {
    expect(read(file).trimEnd().split("\n").length).toBeLessThanOrEqual(MOST_LINES);
    expect(read("operations.md")).toContain(`](${file})`);
  });

  it("has commands that a shell can read, and that set everything they use", () => {
    expect(BLOCKS.length).toBeGreaterThan(60);
    const functions = [...read("runbooks/functions.sh").matchAll(/^(\w+)\(\)/gm)].map(([, name = ""]) => name);
    for (const [file, block] of BLOCKS) {
      execFileSync("bash", ["-n"], { input: block });
      const isSourced = block.includes("source docs/runbooks/functions.sh");
      const isCalled = functions.some((name) => new RegExp(`(\\$\\(|[;|] *|do |\\n)${name} [A-Z$]`).test(block));
      expect(isSourced || !isCalled, `${file} uses a function that it does not define:\n${block}`).toBe(true);
      const used = [...block.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = ""]) => name);
      const unset = used.filter((name) => !new RegExp(`(^|[\\s(])(${name}=|for ${name} in)`, "m").test(block));
      // Of a program in jq, whose variables are arguments.
      expect(
        unset.filter((name) => !block.includes(`--arg ${name} `)),
        `${file}:\n${block}`,
      ).toEqual([]);
    }
  });

  it("names functions, queues, logs and outputs that a deployment has, each of them once", () => {
    for (const [file, name = ""] of callsOf("fn"))
      expect(idsOf("Lambda::Function", `${name}Function`), file).toHaveLength(1);
    for (const [file, name = ""] of callsOf("queue")) expect(idsOf("SQS::Queue", name), file).toHaveLength(1);
    for (const [file, name = ""] of callsOf("logs")) expect(idsOf("Logs::LogGroup", name), file).toHaveLength(1);
    for (const [file, type = "", name = ""] of callsOf("res")) expect(idsOf(type, name), file).toHaveLength(1);
    for (const [file, stack = "", name = ""] of callsOf("out"))
      expect(Object.keys((stack === "Data" ? data : service).Outputs), file).toContain(name);
    for (const [, name] of BLOCKS.flatMap(([, block]) => [...block.matchAll(/LicenseServer-(\w+)(?= |$)/gm)]))
      expect([...stacksAndAlarms()], name).toContain(name);
  });

  it("stops and starts every function that writes, except the one that only creates the key of pseudonyms", () => {
    const writing = Object.entries(FUNCTIONS).filter(
      ([name, { table }]) => table !== undefined && table.writes.length > 0 && name !== "events",
    );
    const names = writing.map(([name]) => pascalCase(name));
    const loops = [...read("runbooks/stop-writes.md").matchAll(/^for f in (.*); do$/gm)].map(([, list = ""]) =>
      list.split(" "),
    );
    expect(loops).toEqual([names, names]);
  });

  it("names every function on the on-call page", () => {
    const [, list = ""] = /with a capital:\s+`([^`]+)`/.exec(read("operations.md")) ?? [];
    expect(list.split(/\s+/)).toEqual(Object.keys(FUNCTIONS).map(pascalCase));
  });

  it("names commands that the CLI has, with options that they accept", async () => {
    const { stdin, stdout, stderr } = process;
    const system = { env: {}, stdin, stdout, stderr, fetch, now: () => 0, sleep: async () => undefined };
    const program = await createProgram(system, ["usage"]);
    const lines = BLOCKS.flatMap(([file, block]) =>
      [...block.matchAll(/npx license-server ([^|#\n]+)/g)].map(([, line = ""]) => ({
        file,
        words: line.trim().split(/\s+/),
      })),
    );
    expect(lines.length).toBeGreaterThan(35);
    for (const { file, words } of lines) {
      const command = commandOf(words, program);
      expect(command.commands, `${file}: ${words.join(" ")}`).toEqual([]);
      const known = command.options.flatMap(({ long, short }) => [long, short]);
      const options = words.filter((word) => /^--?[a-z]/.test(word));
      expect(known, `${file}: ${words.join(" ")}`).toEqual(expect.arrayContaining(options));
    }
  });
});

/** The arguments of the calls of a function of functions.sh, with the file that they are in; those with a variable are left out. */
const callsOf = (name: string): string[][] =>
  BLOCKS.flatMap(([file, block]) =>
    [
      ...expanded(block).matchAll(new RegExp(`(?:\\$\\(|[;|] *|do |^)${name} ([A-Z][\\w:]*)(?: ([A-Z]\\w*))?`, "gm")),
    ].map(([, ...words]) => [file, ...words.filter((word) => word !== undefined)]),
  );

/** A block with one copy for each value of a loop's or a setting's variable. */
const expanded = (block: string): string => {
  const loop = /for (\w+) in ([\w ]+);/.exec(block);
  const setting = /^(JOB)=(\w+);/m.exec(block);
  const [, name, values = ""] = loop ?? setting ?? [];
  if (name === undefined) return block;
  return values
    .split(" ")
    .map((value) => block.replaceAll(`$${name}`, value))
    .join("\n");
};

const idsOf = (type: string, name: string): string[] =>
  resourcesOf(service, `AWS::${type}`)
    .map(([id]) => id)
    .filter((id) => id.startsWith(name));

const alarmNames = (template: Template): string[] =>
  resourcesOf(template, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => String(Properties["AlarmName"]));

const stacksAndAlarms = (): string[] => [
  "Data",
  "Service",
  ...alarmNames(service).map((name) => name.replace("LicenseServer-", "")),
];

const commandOf = (words: readonly string[], from: Command): Command => {
  const found = from.commands.find((each) => each.name() === words[0]);
  return found === undefined ? from : commandOf(words.slice(1), found);
};
