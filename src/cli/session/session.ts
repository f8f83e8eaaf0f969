import type { Command } from "commander";
import { problem } from "../../errors.ts";
import type { Computing } from "../../serve/installation.ts";
import { loadSettings, type Settings } from "../settings.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { chooseShop } from "./shop.ts";

/** What every command is given by the program: where to speak, and the time for rates. */
export interface Context {
  readonly terminal: Terminal;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** Options that every command takes. */
export interface Globals {
  readonly data?: string | undefined;
  readonly set: readonly string[];
  readonly shop?: string | undefined;
  readonly json?: boolean | undefined;
  /** Of the commands that compute. */
  readonly provider?: string | undefined;
}

/** One command at work: its settings, its line to the shop, and its way to answer. */
export interface Session extends Context {
  readonly settings: Settings;
  readonly connection: Connection;
  readonly globals: Globals;
  /** The shop that is meant: named, or the obvious one; says which on standard error. */
  shop(): Promise<string>;
  /** Prints the result: as JSON for a script, else as text for people. */
  print(value: unknown, text: () => string): void;
}

/** The settings that a command line asks for. */
export function settingsOf(context: Context, globals: Globals): Settings {
  const { data: folder, provider } = globals;
  const chosen = provider === undefined ? [] : [`compute.provider=${provider}`];
  const set = [...globals.set, ...chosen];
  return loadSettings({ folder, set, env: context.terminal.env });
}

/** Connects, works, and lets go of the data folder whatever happens. */
export async function withSession(
  context: Context,
  command: Command,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const globals = command.optsWithGlobals<Globals>();
  const settings = settingsOf(context, globals);
  const connection = await connect(settings.config, context.terminal);
  try {
    await holdTo(globals.provider, connection);
    await work(sessionOn(context, globals, settings, connection));
  } finally {
    await connection.close();
  }
}

/** A server that runs already computes by the provider it was started with. */
async function holdTo(provider: string | undefined, connection: Connection): Promise<void> {
  if (provider === undefined || !connection.isServer) return;
  const { inUse } = await connection.call<Computing>("GET", "/v1/compute");
  if (inUse === provider) return;
  const detail =
    `--provider ${provider}: the server at ${connection.where} computes networks by ${inUse}; ` +
    `start it with --provider ${provider}, or leave the option out here`;
  throw problem("invalid-config", detail);
}

export function sessionOn(
  context: Context,
  globals: Globals,
  settings: Settings,
  connection: Connection,
): Session {
  let chosen: Promise<string> | undefined;
  return {
    ...context,
    globals,
    settings,
    connection,
    shop() {
      chosen ??= chooseShop(connection, settings.config.folder, globals.shop, context.terminal);
      return chosen;
    },
    print(value, text) {
      context.terminal.out(globals.json ? JSON.stringify(value, null, 2) : text());
    },
  };
}
