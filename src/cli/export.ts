import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Argument, Command } from "commander";
import { type Context, type Session, withSession } from "./session/session.ts";
import { openMeter } from "./terminal/progress.ts";

export function exportCommand(context: Context): Command {
  return new Command("export")
    .addArgument(new Argument("<what>", "the log or the catalogue").choices(["events", "items"]))
    .description("Write the shop's data as lines of JSON, to a file or to standard output")
    .option("--to <file>", "written whole or not at all")
    .action((what: string, options: { to?: string }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const source = await session.connection.bytes(`/v1/export/${what}`, { shop });
        await write(session, source, options.to);
      }),
    );
}

async function write(
  session: Session,
  source: AsyncIterable<Uint8Array>,
  file: string | undefined,
): Promise<void> {
  if (file === undefined) {
    await pour(session, source, process.stdout, { end: false });
    return;
  }
  const draft = `${file}.part`;
  try {
    await pour(session, source, createWriteStream(draft), { end: true });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function pour(
  session: Session,
  source: AsyncIterable<Uint8Array>,
  sink: Writable,
  options: { end: boolean },
): Promise<void> {
  const meter = openMeter(session.terminal, session.now);
  let lines = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const part of source) {
      session.terminal.signal.throwIfAborted();
      for (const byte of part) if (byte === 10) lines += 1;
      meter.show({ stage: "exporting", done: lines, total: null, unit: "lines" });
      yield part;
    }
  }
  await pipeline(Readable.from(counted()), sink, options);
  meter.end();
}
