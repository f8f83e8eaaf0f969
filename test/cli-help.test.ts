import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { programFor, runIn } from "../src/cli/main.ts";
import type { Terminal } from "../src/cli/terminal/terminal.ts";

function listening(
  env: Record<string, string> = {},
): Terminal & { outs: string[]; notes: string[] } {
  const outs: string[] = [];
  const notes: string[] = [];
  return {
    outs,
    notes,
    out: (line) => void outs.push(line),
    note: (line) => void notes.push(line),
    live: () => undefined,
    watched: false,
    answers: false,
    ask: async () => "",
    env,
    signal: new AbortController().signal,
  };
}

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
  const program = programFor({ terminal: listening(), now: () => 0 });
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
  const run = async (args: readonly string[], env?: Record<string, string>) => {
    const terminal = listening(env);
    const code = await runIn(terminal, args);
    return { code, out: terminal.outs.join("\n"), err: terminal.notes.join("\n") };
  };

  test("--help and --version end with 0", async () => {
    expect(await run(["--help"])).toMatchObject({ code: 0, err: "" });
    const { code, out } = await run(["--version"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+$/);
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
    expect(words.err).toContain("invalid-config");
    const { code, err } = await run([...args, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({
      code: "invalid-config",
      errors: [{ pointer: "/server/port" }],
    });
  });

  test("what is nobody's fault but ours ends with 70", async () => {
    const terminal = listening();
    const broken = {
      ...terminal,
      out: (): never => {
        throw new TypeError("broken");
      },
    };
    expect(await runIn(broken, ["config", "show"])).toBe(70);
    expect(terminal.notes.join()).toContain("a mistake of Shopkeeper's");
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
