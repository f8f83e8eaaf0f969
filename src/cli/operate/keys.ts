import { Command, Option } from "commander";
import type { Key, NewKey } from "../../serve/keys.ts";
import { type Context, withSession } from "../session/session.ts";
import { moment, table } from "../terminal/print.ts";

interface CreateOptions {
  readonly role: string;
  readonly name: string;
}

export function keysCommand(context: Context): Command {
  const keys = new Command("keys").description("API keys: listed masked, shown once when made");
  keys.addCommand(listCommand(context), { isDefault: true });
  keys.addCommand(createCommand(context));
  keys.addCommand(revokeCommand(context));
  return keys;
}

function listCommand(context: Context): Command {
  return new Command("list")
    .description("All keys; those of one shop with --shop")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const { shop } = session.globals;
        const { rows } = await session.connection.call<{ rows: readonly Key[] }>(
          "GET",
          "/v1/keys",
          {
            shop,
          },
        );
        session.print(rows, () => keysText(rows));
      }),
    );
}

function createCommand(context: Context): Command {
  return new Command("create")
    .description("Make a key; it is shown this once")
    .addOption(
      new Option("--role <role>", "what it may do")
        .choices(["publishable", "secret", "owner"])
        .default("secret"),
    )
    .option("--name <text>", "for people", "made on the command line")
    .action((options: CreateOptions, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = options.role === "owner" ? undefined : await session.shop();
        const body = { role: options.role, name: options.name, shop };
        const made = await session.connection.call<NewKey>("POST", "/v1/keys", { body });
        session.print(made, () => `${made.secret}\nIt is shown this once: keep it now.`);
      }),
    );
}

function revokeCommand(context: Context): Command {
  return new Command("revoke")
    .argument("<id>", "the key's id, from the list")
    .description("Revoke a key, from now on")
    .action((id: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const path = `/v1/keys/${encodeURIComponent(id)}`;
        const key = await session.connection.call<Key>("DELETE", path);
        session.print(key, () => keysText([key]));
      }),
    );
}

function keysText(keys: readonly Key[]): string {
  return table(
    keys,
    {
      id: (key) => key.id,
      role: (key) => key.role,
      shop: (key) => key.shop ?? "(all)",
      name: (key) => key.name,
      key: (key) => key.masked,
      made: (key) => moment(key.createdAt),
      "last used": (key) => key.lastUsedDay,
      revoked: (key) => moment(key.revokedAt),
    },
    "no keys yet",
  );
}
