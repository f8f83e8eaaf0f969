import type { Config } from "../../config.ts";
import { openPlatform, type Platform } from "../../platform.ts";
import type { Access } from "../../serve/access/access.ts";
import { type Keys, openKeys } from "../../serve/keys.ts";
import { newLocalToken, openServer, openServersAccess } from "../../serve/server.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type Carrier, type Connection, connection, emptyBody, textOf } from "./connection.ts";

type Server = Awaited<ReturnType<typeof openServer>>;

/** The platform and its server in this process, not listening (yet). */
export interface OpenedHere {
  readonly platform: Platform;
  readonly keys: Keys;
  readonly access: Access;
  readonly server: Server;
  readonly localToken: string;
  readonly connection: Connection;
  close(): Promise<void>;
}

/** Opens the data folder. Who only talks to a running server never loads this file. */
export async function openHere(config: Config, terminal: Terminal): Promise<OpenedHere> {
  const platform = await openPlatform(config);
  for (const warning of platform.warnings) terminal.note(`note: ${warning}`);
  try {
    const keys = await openKeys(platform.storage.records, platform.clock, config.server.keysMost);
    const access = await openServersAccess(platform);
    const localToken = newLocalToken();
    const log = { write: (line: string): void => terminal.note(line.trimEnd()) };
    const server = await openServer(platform, { keys, access, localToken, log });
    const close = async (): Promise<void> => {
      await server.close();
      await platform.close();
    };
    const line = connection(config.folder, false, localToken, carryByInjection(server), close);
    return { platform, keys, access, server, localToken, connection: line, close };
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Hands a request to the server object as if it had come through a socket. */
function carryByInjection(server: Server): Carrier {
  return async ({ method, path, headers, body, wanted }) => {
    const reply = await server.inject({
      method,
      url: path,
      headers,
      ...(body === undefined
        ? {}
        : { payload: typeof body === "string" ? body : Buffer.from(body) }),
      payloadAsStream: wanted === "bytes",
    });
    const { statusCode: status } = reply;
    const retryAfter = reply.headers["retry-after"]?.toString();
    if (wanted === "bytes" && status < 400) {
      return { status, retryAfter, text: "", body: reply.stream() };
    }
    const text = wanted === "text" ? reply.payload : await textOf(reply.stream());
    return { status, retryAfter, text, body: emptyBody() };
  };
}
