import { Command } from "commander";
import type { Quarantined } from "../collect/importing.ts";
import { problem } from "../errors.ts";
import { wholeOption } from "./options.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { table } from "./terminal/print.ts";

interface Page {
  readonly rows: readonly Quarantined[];
  readonly next: string | null;
}

export function quarantineCommand(context: Context): Command {
  const quarantine = new Command("quarantine").description(
    "What was refused from files: with reason and line, to be replayed after a fix",
  );
  quarantine.addCommand(listCommand(context), { isDefault: true });
  quarantine.addCommand(replayCommand(context));
  quarantine.addCommand(discardCommand(context));
  return quarantine;
}

function listCommand(context: Context): Command {
  return new Command("list")
    .description("What waits, with the reason")
    .option("--limit <number>", "rows at most", wholeOption, 50)
    .option("--after <cursor>", "go on where the last page ended")
    .action((options: { limit: number; after?: string }, self: Command) =>
      withSession(context, self, async (session) => {
        const page = await read(session, options.limit, options.after);
        session.print(page, () => pageText(page));
      }),
    );
}

async function read(session: Session, limit: number, after: string | undefined): Promise<Page> {
  const shop = await session.shop();
  return session.connection.call<Page>("GET", "/v1/quarantine", {
    shop,
    query: { limit, cursor: after },
  });
}

function pageText(page: Page): string {
  const rows = table(
    page.rows,
    {
      id: (row) => row.id,
      source: (row) => row.source,
      line: (row) => row.line,
      kind: (row) => row.kind,
      reason: (row) =>
        row.errors.map((error) => `${error.pointer || "/"} ${error.detail}`).join("; ") ||
        row.reason,
    },
    "the quarantine is empty",
  );
  return page.next === null ? rows : `${rows}\n\nmore: --after ${page.next}`;
}

function replayCommand(context: Context): Command {
  return new Command("replay")
    .argument("[ids...]", "all when none are given")
    .description("Try again; what passes leaves the quarantine")
    .action((ids: readonly string[], _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const body = ids.length === 0 ? {} : { ids };
        const path = "/v1/quarantine/replay";
        const done = await session.connection.call<{ taken: number; refused: number }>(
          "POST",
          path,
          {
            shop,
            body,
          },
        );
        session.print(done, () => `${done.taken} taken, ${done.refused} refused again`);
      }),
    );
}

function discardCommand(context: Context): Command {
  return new Command("discard")
    .argument("<ids...>", "what to give up")
    .description("Give up what was refused")
    .action((ids: readonly string[], _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = "/v1/quarantine/discard";
        const done = await session.connection.call<{ discarded: number }>("POST", path, {
          shop,
          body: { ids },
        });
        if (done.discarded === 0) throw problem("not-found", "none of these ids is in quarantine");
        session.print(done, () => `${done.discarded} discarded`);
      }),
    );
}
