import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { programFor } from "../src/cli/main.ts";
import type { Terminal } from "../src/cli/terminal/terminal.ts";
import { run } from "./command-line.ts";

const silent: Terminal = {
  out: () => undefined,
  note: () => undefined,
  live: () => undefined,
  watched: false,
  answers: false,
  ask: async () => "",
  env: {},
  signal: new AbortController().signal,
};

/** Name as typed, and the command: "rules put". */
function everyCommand(command: Command, name: string): [string, Command][] {
  const below = command.commands.flatMap((one) =>
    everyCommand(one, `${name} ${one.name()}`.trim()),
  );
  return [[name, command], ...below];
}

const helpOf = (command: Command): string => {
  command.configureHelp({ helpWidth: 80, showGlobalOptions: false });
  let text = "";
  const writeOut = (part: string): void => {
    text += part;
  };
  command.configureOutput({ writeOut }).outputHelp();
  return text;
};

describe("help", () => {
  const program = programFor({ terminal: silent, now: () => 0 });
  const commands = everyCommand(program, "");

  test("of every command is as recorded", async () => {
    const pages = commands.map(([, command]) => helpOf(command));
    await expect(pages.join(`\n${"-".repeat(80)}\n`)).toMatchFileSnapshot("golden/cli-help.txt");
  });

  test("every command and option says in words what it is", () => {
    for (const [name, command] of commands) {
      expect(command.description(), name).not.toBe("");
      for (const option of command.options) expect(option.description, name).not.toBe("");
    }
  });
});

describe("the command line answers without opening anything", () => {
  test("--help and --version end with 0", async () => {
    expect(await run(["--help"])).toMatchObject({ code: 0, err: "" });
    expect((await run(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [["trian"], "Did you mean train?"],
    [["evaluate", "--splitt", "x"], "Did you mean --split?"],
    [["evaluate", "--k", "five"], "Not a number."],
    [["recommend", "hom"], "Allowed choices are home"],
  ])("%j ends with 1 and says what was meant", async (args, told) => {
    const { code, err } = await run(args);
    expect(code).toBe(1);
    expect(err).toContain(told);
  });

  test("a wrong setting is a problem in words, and in JSON for a script", async () => {
    const args = ["config", "show", "--set", "server.port=x"];
    const words = await run(args);
    expect(words.code).toBe(1);
    expect(words.err).toContain("The configuration is not valid (invalid-config)");
    const { code, err } = await run([...args, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({
      code: "invalid-config",
      errors: [{ pointer: "/server/port" }],
    });
  });

  test("config show names the source of each value", async () => {
    const env = { SHOPKEEPER_COLLECT_CURRENCY: "EUR" };
    const { out } = await run(["config", "show", "--set", "server.port=4700", "--json"], env);
    const all = JSON.parse(out) as { name: string; value: string; layer: string }[];
    const found = (name: string) => all.find((setting) => setting.name === name);
    expect(found("server.port")).toMatchObject({ value: "4700", layer: "flag" });
    expect(found("collect.currency")).toMatchObject({ value: "EUR", layer: "environment" });
    expect(found("server.host")).toMatchObject({ value: "127.0.0.1", layer: "default" });
  });
});
