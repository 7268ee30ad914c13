import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { expect, it } from "vitest";
import { EXIT } from "../../../tools/cli/exit.ts";
import { createProgram } from "../../../tools/cli/program.ts";

const docs = await readFile(new URL("../../../docs/cli.md", import.meta.url), "utf8");
const { stdin, stdout, stderr } = process;
const sleep = async () => undefined;
const program = await createProgram({ env: {}, stdin, stdout, stderr, fetch, now: () => 0, sleep }, []);

const named = (words: readonly string[], from: Command = program): Command => {
  const found = from.commands.find((each) => each.name() === words[0]);
  return found === undefined ? from : named(words.slice(1), found);
};

it("every example of docs/cli.md names a command that exists, with options that it takes", () => {
  const lines = [...docs.matchAll(/^(?:\$ |source <\()?license-server ([^#\n)]*)/gm)].map((match) => match[1] ?? "");
  expect(lines.length).toBeGreaterThan(25);
  for (const line of lines) {
    const words = line.trim().split(/\s+/);
    const command = named(words);
    expect(command.commands, line).toEqual([]);
    const known = command.options.flatMap(({ long, short }) => [long, short]);
    expect(known, line).toEqual(expect.arrayContaining(words.filter((word) => /^--?[a-z]/.test(word))));
  }
});

it("every option that names a server stands in docs/cli.md, and every exit status", () => {
  for (const { long } of program.options.filter((option) => option.long !== "--version" && option.long !== "--output"))
    expect(docs).toContain(`\`${long}\``);
  for (const status of Object.values(EXIT)) expect(docs).toContain(`\n| ${status} | `);
});
