import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { monotonicMs } from "../clock.ts";
import { isProblem, type Problem, problemKind } from "../errors.ts";
import { backupCommand } from "./backup.ts";
import { configCommand } from "./config.ts";
import { doctorCommand } from "./doctor.ts";
import { eraseCommand } from "./erase.ts";
import { evaluateCommand } from "./evaluate.ts";
import { explainCommand } from "./explain.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { jobsCommand } from "./jobs.ts";
import { experimentsCommand } from "./models/experiments.ts";
import { scheduleCommand } from "./models/schedule.ts";
import { modelsCommand } from "./models.ts";
import { itemsCommand } from "./operate/items.ts";
import { keysCommand } from "./operate/keys.ts";
import { retentionCommand } from "./operate/retention.ts";
import { usersCommand } from "./operate/users.ts";
import { webhooksCommand } from "./operate/webhooks.ts";
import { oneMore } from "./options.ts";
import { predictCommand } from "./predict.ts";
import { quarantineCommand } from "./quarantine.ts";
import { rebuildCommand } from "./rebuild.ts";
import { recommendCommand } from "./recommend.ts";
import { restoreCommand } from "./restore.ts";
import { rulesCommand } from "./rules.ts";
import { serveCommand } from "./serve.ts";
import type { Context } from "./session/session.ts";
import { shopsCommand } from "./shops.ts";
import { simulateCommand } from "./simulate.ts";
import { startCommand } from "./start.ts";
import { problemText } from "./terminal/print.ts";
import { Interrupted, openTerminal, type Terminal } from "./terminal/terminal.ts";
import { trainCommand } from "./train.ts";

/** Exit codes: what a script can tell apart. */
const DONE = 0;
const TROUBLE = 1;
const BUG = 70;
const STOPPED = 130;

/** The command line. Resolves with the exit code when all is put down. */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = openTerminal(monotonicMs);
  try {
    return await runIn(terminal, args);
  } finally {
    terminal.close();
  }
}

/** The same in any terminal. */
export async function runIn(terminal: Terminal, args: readonly string[]): Promise<number> {
  try {
    await programFor({ terminal, now: monotonicMs }).parseAsync(args, { from: "user" });
    return DONE;
  } catch (error) {
    return endWith(error, terminal, args.includes("--json"));
  }
}

const version = (): string => {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
};

/** Every command, in the order in which a shop meets them. */
export function programFor(context: Context): Command {
  const program = new Command("shopkeeper")
    .description("Self-hosted AI for shops: one event log, one behaviour model, every scene.")
    .version(version())
    .option("--data <folder>", "the data folder (SHOPKEEPER_FOLDER, else ./data)")
    .option("--shop <id>", "the shop that is meant (SHOPKEEPER_SHOP, else the obvious one)")
    .addOption(
      new Option("--set <name=value>", "a setting, e.g. --set server.port=4700; repeatable")
        .argParser(oneMore)
        .default([], "none"),
    )
    .option("--json", "print results as JSON")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(add --help for the options)");
  for (const make of COMMANDS) program.addCommand(make(context));
  for (const command of everyCommand(program)) {
    command
      .copyInheritedSettings(program)
      .exitOverride()
      .configureOutput({
        writeOut: (text) => context.terminal.out(text.trimEnd()),
        writeErr: (text) => context.terminal.note(text.trimEnd()),
      });
  }
  return program;
}

const COMMANDS: readonly ((context: Context) => Command)[] = [
  startCommand,
  serveCommand,
  importCommand,
  itemsCommand,
  simulateCommand,
  trainCommand,
  scheduleCommand,
  modelsCommand,
  experimentsCommand,
  evaluateCommand,
  recommendCommand,
  explainCommand,
  rulesCommand,
  predictCommand,
  shopsCommand,
  keysCommand,
  usersCommand,
  webhooksCommand,
  jobsCommand,
  quarantineCommand,
  eraseCommand,
  retentionCommand,
  exportCommand,
  backupCommand,
  restoreCommand,
  rebuildCommand,
  configCommand,
  doctorCommand,
];

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Says what went wrong, in the words of the registry of problems, and gives the exit code. */
function endWith(error: unknown, terminal: Terminal, asJson: boolean): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof Interrupted) {
    terminal.note(error.message);
    return STOPPED;
  }
  if (isProblem(error)) {
    terminal.note(asJson ? JSON.stringify(problemJson(error)) : problemText(error));
    return TROUBLE;
  }
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.note(`This is a mistake of Shopkeeper's, not yours:\n${told}`);
  return BUG;
}

function problemJson(trouble: Problem): Record<string, unknown> {
  const { title, remedy } = problemKind(trouble.code);
  const { code, message: detail, errors } = trouble;
  return { code, title, detail, errors, remedy };
}
