import { Command } from "commander";
import {
  type Delivery,
  type NewWebhook,
  type Webhook,
  webhookKinds,
} from "../../serve/webhooks/webhook.ts";
import { idsOption, wholeOption } from "../options.ts";
import { type Context, type Session, withSession } from "../session/session.ts";
import { moment, table } from "../terminal/print.ts";

export function webhooksCommand(context: Context): Command {
  const webhooks = new Command("webhooks").description(
    "Addresses of the shop's programs that are told what happens",
  );
  webhooks.addCommand(listCommand(context), { isDefault: true });
  webhooks.addCommand(addCommand(context));
  webhooks.addCommand(testCommand(context));
  webhooks.addCommand(deliveriesCommand(context));
  webhooks.addCommand(removeCommand(context));
  return webhooks;
}

function listCommand(context: Context): Command {
  return new Command("list")
    .description("Every address, and what is told there")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const { rows } = await ask<{ rows: readonly Webhook[] }>(session, "GET", "");
        session.print(rows, () => webhooksText(rows));
      }),
    );
}

function addCommand(context: Context): Command {
  return new Command("add")
    .argument("<url>", "https://…, where deliveries are sent by POST")
    .description("Tell an address what happens from now on; its secret is shown this once")
    .option("--kinds <kinds>", `of ${webhookKinds.join(", ")}; all when absent`, idsOption, [])
    .action((url: string, { kinds }: { kinds: readonly string[] }, self: Command) =>
      withSession(context, self, async (session) => {
        const body = { url, kinds: kinds.length === 0 ? webhookKinds : kinds };
        const made = await ask<NewWebhook>(session, "POST", "", { body });
        session.print(made, () => `${made.secret}\nIt is shown this once: keep it now.`);
      }),
    );
}

function testCommand(context: Context): Command {
  return new Command("test")
    .argument("<id>", "the webhook's id, from the list")
    .description("Send a test, and say what came of it")
    .action((id: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const told = await ask<Delivery>(session, "POST", `/${encodeURIComponent(id)}/test`);
        session.print(told, () => deliveriesText([told]));
      }),
    );
}

function deliveriesCommand(context: Context): Command {
  return new Command("deliveries")
    .argument("<id>", "the webhook's id, from the list")
    .description("What was told and what waits, newest first")
    .option("--limit <number>", "deliveries at most", wholeOption, 20)
    .action((id: string, query: { limit: number }, self: Command) =>
      withSession(context, self, async (session) => {
        const path = `/${encodeURIComponent(id)}/deliveries`;
        const { rows } = await ask<{ rows: readonly Delivery[] }>(session, "GET", path, { query });
        session.print(rows, () => deliveriesText(rows));
      }),
    );
}

function removeCommand(context: Context): Command {
  return new Command("remove")
    .argument("<id>", "the webhook's id, from the list")
    .description("Tell an address nothing any more")
    .action((id: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const gone = await ask<Webhook>(session, "DELETE", `/${encodeURIComponent(id)}`);
        session.print(gone, () => `${gone.url} is told nothing any more`);
      }),
    );
}

async function ask<Answer>(
  session: Session,
  method: "GET" | "POST" | "DELETE",
  path: string,
  more: { readonly body?: unknown; readonly query?: Record<string, number> } = {},
): Promise<Answer> {
  const shop = await session.shop();
  return await session.connection.call<Answer>(method, `/v1/webhooks${path}`, { shop, ...more });
}

function webhooksText(webhooks: readonly Webhook[]): string {
  return table(
    webhooks,
    {
      id: ({ id }) => id,
      address: ({ url }) => url,
      kinds: ({ kinds }) => kinds.join(", "),
      secret: ({ masked }) => masked,
      on: ({ enabled }) => (enabled ? "yes" : "no"),
      made: ({ createdAt }) => moment(createdAt),
    },
    "no webhooks yet: shopkeeper webhooks add <url>",
  );
}

export function deliveriesText(deliveries: readonly Delivery[]): string {
  return table(
    deliveries,
    {
      id: ({ id }) => id,
      kind: ({ kind }) => kind,
      made: ({ createdAt }) => moment(createdAt),
      state: ({ state }) => state,
      tries: ({ attempts }) => attempts,
      status: ({ last }) => last?.status,
      ms: ({ last }) => last?.durationMs,
      "went wrong": ({ last }) => last?.error,
      "next try": ({ nextAt }) => moment(nextAt),
    },
    "nothing was told yet",
  );
}
