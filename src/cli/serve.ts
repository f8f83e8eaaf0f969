import { Command } from "commander";
import type { Event } from "../collect/event.ts";
import type { Config } from "../config.ts";
import { problem } from "../errors.ts";
import type { NewUser } from "../serve/access/users.ts";
import type { NewKey } from "../serve/keys.ts";
import { providerOption, wholeOption } from "./options.ts";
import { runningServer } from "./session/connect.ts";
import type { OpenedHere } from "./session/open-here.ts";
import {
  type Context,
  type Globals,
  type Session,
  sessionOn,
  settingsOf,
} from "./session/session.ts";
import { DEMO_SHOP } from "./session/shop.ts";
import type { Settings } from "./settings.ts";
import { Interrupted, type Terminal } from "./terminal/terminal.ts";

interface Options extends Globals {
  readonly port?: number;
  readonly host?: string;
}

export function serveCommand(context: Context): Command {
  return serverOptions(new Command("serve"))
    .description("Serve the shops of the data folder; makes no demo")
    .action((_options: unknown, self: Command) => serveHere(context, self, OPEN_AS_IT_IS));
}

const OPEN_AS_IT_IS: Opening = {
  logLevel: "info",
  prepare: async () => undefined,
  afterwards: async () => undefined,
};

export function serverOptions(command: Command): Command {
  return command
    .option("--port <number>", "where to listen (server.port)", wholeOption)
    .option("--host <address>", "on which address (server.host); 0.0.0.0 is every one")
    .addOption(providerOption());
}

/** What is done before it is said that the shop is open, and how much the server's log says. */
export interface Opening {
  readonly logLevel: "info" | "warn";
  prepare(session: Session, opened: OpenedHere): Promise<void>;
  /** What can wait until the shop is open. */
  afterwards(session: Session, opened: OpenedHere): Promise<void>;
}

/** Listens, prepares, says where it is, and stays until it is told to stop. */
export async function serveHere(context: Context, self: Command, opening: Opening): Promise<void> {
  const options = self.optsWithGlobals<Options>();
  const settings = settingsOf(context, {
    ...options,
    set: [...options.set, ...asSettings(options)],
  });
  await refuseSecond(settings.config.folder);
  const { openHere } = await import("./session/open-here.ts");
  const { listen } = await import("../serve/server.ts");
  const opened = await openHere(withLogLevel(settings, opening.logLevel), context.terminal);
  try {
    const listening = await listen(opened.server, opened.platform, opened.localToken).catch(
      (error) => Promise.reject(portProblem(error, settings.config.server.port)),
    );
    try {
      const session = sessionOn(context, options, settings, opened.connection);
      await opening.prepare(session, opened);
      const first = {
        keys: await firstKeys(opened),
        user: await opened.access.users.ensureFirst(),
      };
      await announce(session, opened, listening.url, first);
      await opening.afterwards(session, opened).catch(unlessInterrupted);
      await toldToStop(context.terminal);
      context.terminal.note("stopping ...");
    } finally {
      await listening.stop();
    }
  } finally {
    await opened.platform.close();
  }
}

/** The settings, with another default for the log. */
function withLogLevel({ config, all }: Settings, logLevel: Opening["logLevel"]): Config {
  const said = all.some(({ name, layer }) => name === "server.logLevel" && layer !== "default");
  return said ? config : { ...config, server: { ...config.server, logLevel } };
}

function asSettings({ port, host }: Options): readonly string[] {
  return [
    ...(port === undefined ? [] : [`server.port=${port}`]),
    ...(host === undefined ? [] : [`server.host=${host}`]),
  ];
}

async function refuseSecond(folder: string): Promise<void> {
  const running = await runningServer(folder);
  if (running === undefined) return;
  throw problem("storage-locked", `a server runs on ${folder} already: ${running.url}`);
}

function portProblem(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    const detail = `port ${port} is taken by another program; --port names another`;
    return problem("invalid-config", detail, { cause: error });
  }
  if (code !== "EACCES" && code !== "EADDRNOTAVAIL") return error;
  const detail = `server.host and server.port cannot be listened on: ${(error as Error).message}`;
  return problem("invalid-config", detail, { cause: error });
}

/** The keys that every shop needs; made, and shown, once. */
async function firstKeys({ platform, keys }: OpenedHere): Promise<readonly NewKey[]> {
  const made: NewKey[] = [];
  for (const { id } of await platform.shops.list()) made.push(...(await keys.ensureFirst(id)));
  return made;
}

/** What opens the installation, and is told this once. */
interface First {
  readonly keys: readonly NewKey[];
  readonly user: NewUser | undefined;
}

async function announce(
  session: Session,
  { platform, connection: line }: OpenedHere,
  address: string,
  { keys, user }: First,
): Promise<void> {
  const url = address.replace("//127.0.0.1:", "//localhost:");
  const shops = (await platform.shops.list()).map(({ id }) => id);
  if (session.globals.json) {
    const made = keys.map(({ key, secret }) => ({ shop: key.shop, role: key.role, secret }));
    const login = user && { name: user.user.name, password: user.password };
    session.terminal.out(JSON.stringify({ url, shops, keys: made, user: login ?? null }));
    return;
  }
  const { out } = session.terminal;
  out(`\nShopkeeper serves ${shops.length === 0 ? "no shop yet" : shops.join(", ")} on ${url}`);
  if (shops.includes(DEMO_SHOP)) out(`The demo shop is open to its shoppers at ${url}/shop`);
  out(`The API is described at ${url}/docs`);
  if (keys.length > 0) out("\nKeys, shown this once:");
  for (const { key, secret } of keys) {
    out(`  ${key.role.padEnd(12)} ${(key.shop ?? "all shops").padEnd(16)} ${secret}`);
  }
  if (user) {
    out(
      `\nThe admin is at ${url}/admin. Sign in, this first time with a password shown this once:`,
    );
    out(`  name         ${user.user.name}\n  password     ${user.password}`);
    out("  The page then asks for a password of your own.");
  }
  const [shop] = shops;
  if (shop !== undefined) out(`\nTry it:\n  ${await curlLine(line, url, shop, keys)}\n`);
}

async function curlLine(
  line: OpenedHere["connection"],
  url: string,
  shop: string,
  keys: readonly NewKey[],
): Promise<string> {
  const shopper = await someShopper(line, shop);
  const secret = keys.find(({ key }) => key.shop === shop && key.role === "publishable")?.secret;
  const who = shopper === undefined ? "" : `shopper=${encodeURIComponent(shopper)}&`;
  const authorization = `Authorization: Bearer ${secret ?? "<your key>"}`;
  return `curl -s "${url}/v1/recommendations/home?${who}limit=5" -H "${authorization}"`;
}

/** A shopper from the beginning of the log, to try the shop with. */
async function someShopper(
  line: OpenedHere["connection"],
  shop: string,
): Promise<string | undefined> {
  let text = "";
  for await (const part of await line.bytes("/v1/export/events", { shop })) {
    text += Buffer.from(part).toString("utf8");
    if (text.length > 65_536) break;
  }
  const events = text
    .split("\n")
    .slice(0, -1)
    .map((row) => JSON.parse(row) as Event);
  return events.find((event) => event.shopper !== undefined)?.shopper;
}

/** Ctrl-C stops what is done afterwards and the server alike: that is its ordinary end. */
function unlessInterrupted(error: unknown): void {
  if (!(error instanceof Interrupted)) throw error;
}

/** Resolves at Ctrl-C or a termination signal. */
function toldToStop({ signal }: Terminal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
