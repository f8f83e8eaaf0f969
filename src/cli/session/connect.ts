import type { Config } from "../../config.ts";
import { problem } from "../../errors.ts";
import { type Door, readDoor } from "../../serve/door.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type Carrier, type Connection, connection, emptyBody } from "./connection.ts";

const ALIVE_WITHIN_MS = 5_000;
/** Rows of an import written at once when no server has to answer meanwhile. */
const ROWS_ALONE = 20_000;

/** Finds the running server of the folder, else opens the folder; says on standard error which. */
export async function connect(config: Config, terminal: Terminal): Promise<Connection> {
  const running = await runningServer(config.folder);
  if (running === undefined) {
    const { openHere } = await import("./open-here.ts");
    const opened = await openHere(alone(config), terminal);
    terminal.note(`opened the data folder ${config.folder}`);
    return opened.connection;
  }
  terminal.note(`talking to the server at ${running.url}`);
  const carry = carryByFetch(running.url);
  return connection(running.url, true, running.token, carry, async () => undefined);
}

/**
 * A command that works here is no server: it logs only what is wrong, and as nobody waits for it,
 * it writes imports in longer transactions (a quarter more rows a second).
 */
const alone = (config: Config): Config => ({
  ...config,
  server: { ...config.server, logLevel: "error" },
  collect: {
    ...config.collect,
    importBatchRows: Math.max(config.collect.importBatchRows, ROWS_ALONE),
  },
});

/** The server that has the folder open, if it is alive. A file left by a killed one does not count. */
export async function runningServer(folder: string): Promise<Door | undefined> {
  const found = await readDoor(folder);
  if (found === undefined || !isAlive(found.pid)) return undefined;
  try {
    const signal = AbortSignal.timeout(ALIVE_WITHIN_MS);
    const answer = await fetch(`${found.url}/health/live`, { signal });
    await answer.arrayBuffer();
    return answer.ok ? found : undefined;
  } catch (cause) {
    if (!(cause instanceof DOMException)) return undefined;
    const detail = `the server at ${found.url} (process ${found.pid}) does not answer`;
    throw problem("not-ready", detail, { cause });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function carryByFetch(url: string): Carrier {
  return async ({ method, path, headers, body, wanted }) => {
    const answer = await fetch(url + path, { method, headers, body: body ?? null }).catch(
      (cause) => {
        throw problem("not-ready", `the server at ${url} went away`, { cause });
      },
    );
    const bytes = wanted === "bytes" && answer.ok && answer.body !== null;
    return {
      status: answer.status,
      retryAfter: answer.headers.get("retry-after") ?? undefined,
      text: bytes ? "" : await answer.text(),
      body: bytes && answer.body ? answer.body : emptyBody(),
    };
  };
}
