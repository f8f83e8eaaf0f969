import { randomUUID } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Command } from "commander";
import colors from "picocolors";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { isProblem, problem } from "../errors.ts";
import type { Computing } from "../serve/installation.ts";
import { chooseProvider } from "../tensor/runtime/choose-provider.ts";
import { connect, runningServer } from "./session/connect.ts";
import type { Connection } from "./session/connection.ts";
import { type Context, type Globals, settingsOf } from "./session/session.ts";
import { number } from "./terminal/print.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** One thing looked at. `remedy` says what to do unless it is well. */
export interface Finding {
  readonly check: string;
  readonly state: "well" | "doubtful" | "ill";
  readonly detail: string;
  readonly remedy?: string;
}

const GB = 2 ** 30;

export function doctorCommand(context: Context): Command {
  return new Command("doctor")
    .description(
      "Look whether everything is there that Shopkeeper needs, and whether the data is whole",
    )
    .option("--quick", "leave out the reading of all data")
    .action(async (options: { quick?: boolean }, self: Command) => {
      const globals = self.optsWithGlobals<Globals>();
      const { config } = settingsOf(context, globals);
      const findings = [
        nodeFinding(process.version),
        ...(await moduleFindings()),
        ...(await providerFindings(config, context.terminal)),
        folderFinding(config.folder),
        diskFinding(config.folder),
        clockFinding(config.folder),
        await portFinding(config),
        ...(options.quick ? [] : await dataFindings(config, context.terminal)),
      ];
      const { out } = context.terminal;
      out(globals.json ? JSON.stringify(findings, null, 2) : findings.map(findingText).join("\n"));
      const ill = findings.filter(({ state }) => state === "ill");
      if (ill.length > 0) {
        const names = ill.map(({ check }) => check).join(", ");
        throw problem("not-ready", `the doctor found trouble with: ${names}`);
      }
    });
}

function findingText({ check, state, detail, remedy }: Finding): string {
  const mark = {
    well: colors.green("well    "),
    doubtful: colors.yellow("doubtful"),
    ill: colors.red("ill     "),
  };
  const advice = remedy === undefined ? "" : `\n                            ${remedy}`;
  return `${mark[state]}  ${check.padEnd(16)}  ${detail}${advice}`;
}

const well = (check: string, detail: string): Finding => ({ check, state: "well", detail });
const ill = (check: string, detail: string, remedy: string): Finding => ({
  check,
  state: "ill",
  detail,
  remedy,
});

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return well("node", version);
  return ill("node", version, "Install Node 20.19 or newer from https://nodejs.org.");
}

/** Packages that bring machine code; the names are data here, only engines import them. */
const NATIVE: readonly string[] = ["@duckdb/node-api", "libsql"];

async function moduleFindings(): Promise<readonly Finding[]> {
  return Promise.all(
    NATIVE.map(async (name) => {
      try {
        await import(name);
        return well(name, "loads");
      } catch (error) {
        const detail = (error as Error).message.split("\n")[0] ?? "does not load";
        return ill(
          name,
          detail,
          "Remove node_modules and run npm ci (not on Alpine: glibc is needed).",
        );
      }
    }),
  );
}

/** Who computes networks: as the running server says, else as this process would. */
async function providerFindings(config: Config, terminal: Terminal): Promise<readonly Finding[]> {
  const check = "provider";
  try {
    const { asked, inUse, fallbacks, threads } = await computingOf(config, terminal);
    const used = `${inUse}, threads: ${threads}`;
    if (inUse === asked) return [well(check, used)];
    return fallbacks.map(({ provider, why, remedy }) => {
      const detail = `${asked} is asked for, in use is ${used}; no ${provider}: ${why}`;
      return { check, state: "doubtful", detail, remedy };
    });
  } catch (error) {
    if (!isProblem(error)) throw error;
    return [ill(check, error.message, "Remove node_modules and run npm ci.")];
  }
}

async function computingOf(config: Config, terminal: Terminal): Promise<Computing> {
  const { provider, threads } = config.compute;
  if ((await runningServer(config.folder)) === undefined) {
    return { ...(await chooseProvider(provider, threads)), threads };
  }
  const connection = await connect(config, terminal);
  try {
    return await connection.call<Computing>("GET", "/v1/compute");
  } finally {
    await connection.close();
  }
}

function folderFinding(folder: string): Finding {
  if (!existsSync(folder))
    return well("data folder", `${folder} is not there yet; it will be made`);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const { mode } = statSync(folder);
    const open = (mode & 0o002) !== 0;
    if (!open) return well("data folder", `${folder} can be read and written`);
    const remedy = `Run: chmod o-w ${folder}`;
    return { check: "data folder", state: "doubtful", detail: "everybody may write to it", remedy };
  } catch {
    return ill(
      "data folder",
      `${folder} cannot be read and written`,
      "Run as the user who owns it.",
    );
  }
}

function diskFinding(folder: string): Finding {
  const { bavail, bsize } = statfsSync(existsSync(folder) ? folder : ".");
  const free = bavail * bsize;
  const detail = `${(free / GB).toFixed(1)} GB free`;
  if (free >= 2 * GB) return well("disk", detail);
  const remedy = "Free space: a backup needs as much as the data.";
  return { check: "disk", state: free < GB / 4 ? "ill" : "doubtful", detail, remedy };
}

const CLOCK_APART_MS = 5_000;
const FIRST_RELEASE = Date.UTC(2025, 0, 1);

/** The clock of this process against the one that the disk writes into its files. */
function clockFinding(folder: string): Finding {
  const now = systemClock();
  const remedy = "Set the clock, and keep it with NTP: events are ordered by it.";
  if (now < FIRST_RELEASE) return ill("clock", new Date(now).toISOString(), remedy);
  if (!existsSync(folder)) return well("clock", new Date(now).toISOString());
  const file = join(folder, `.doctor-${randomUUID()}`);
  try {
    writeFileSync(file, "");
    const apart = Math.abs(statSync(file).mtimeMs - now);
    if (apart <= CLOCK_APART_MS)
      return well("clock", `${new Date(now).toISOString()}, as the disk's`);
    return ill("clock", `${Math.round(apart / 1000)} s from the disk's`, remedy);
  } catch (error) {
    return ill("clock", (error as Error).message, "Make the data folder writable.");
  } finally {
    rmSync(file, { force: true });
  }
}

async function portFinding({ folder, server }: Config): Promise<Finding> {
  const running = await runningServer(folder);
  if (running) return well("port", `our server is at ${running.url} (process ${running.pid})`);
  const taken = await new Promise<string | undefined>((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(server.port, server.host, () => probe.close(() => resolve(undefined)));
  });
  const place = `${server.host}:${server.port}`;
  if (taken === undefined) return well("port", `${place} is free`);
  return ill("port", `${place}: ${taken}`, "Choose another: --set server.port=4700.");
}

async function dataFindings(config: Config, terminal: Terminal): Promise<readonly Finding[]> {
  if (!existsSync(config.folder)) return [];
  let connection: Connection;
  try {
    connection = await connect(config, terminal);
  } catch (error) {
    if (!isProblem(error)) throw error;
    return [ill("data", error.message, "See the problem's remedy in docs/reference/problems.md.")];
  }
  try {
    const { rows } = await connection.call<{ rows: readonly { id: string }[] }>("GET", "/v1/shops");
    const findings: Finding[] = [];
    for (const { id } of rows) findings.push(await shopFinding(connection, id));
    return findings;
  } finally {
    await connection.close();
  }
}

interface Status {
  readonly events: number;
  readonly items: number;
}

/** Reads everything that a shop has, line by line, and counts. */
async function shopFinding(connection: Connection, shop: string): Promise<Finding> {
  const check = `shop ${shop}`;
  const restore = "Restore a backup: shopkeeper restore.";
  const said = await connection.call<Status>("GET", "/v1/status", { shop });
  try {
    const events = await countWhole(connection, shop, "events", "eventId");
    const items = await countWhole(connection, shop, "items", "item");
    const detail = `${number(events)} events and ${number(items)} items, all whole`;
    // While a server runs, more may have come in since the counts were taken.
    if (events >= said.events && items >= said.items) return well(check, detail);
    const missing = `${said.events - events} events, ${said.items - items} items cannot be read`;
    return ill(check, missing, restore);
  } catch (error) {
    if (!isProblem(error) && !(error instanceof SyntaxError)) throw error;
    return ill(check, error.message, restore);
  }
}

async function countWhole(
  connection: Connection,
  shop: string,
  what: "events" | "items",
  id: string,
): Promise<number> {
  const decoder = new TextDecoder();
  let rest = "";
  let count = 0;
  for await (const part of await connection.bytes(`/v1/export/${what}`, { shop })) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const row = JSON.parse(line) as Record<string, unknown>;
      if (typeof row[id] !== "string") throw new SyntaxError(`a row of ${what} has no ${id}`);
      count += 1;
    }
  }
  if (rest !== "") throw new SyntaxError(`the export of ${what} ends in the middle of a line`);
  return count;
}
