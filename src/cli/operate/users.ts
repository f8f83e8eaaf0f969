import { Command, Option } from "commander";
import { problem } from "../../errors.ts";
import { type NewUser, type User, userRoles } from "../../serve/access/users.ts";
import { idsOption } from "../options.ts";
import { type Context, type Session, withSession } from "../session/session.ts";
import { moment, table } from "../terminal/print.ts";

export function usersCommand(context: Context): Command {
  const users = new Command("users").description("Who may sign in to the admin, and what for");
  users.addCommand(listCommand(context), { isDefault: true });
  users.addCommand(addCommand(context));
  users.addCommand(changeCommand(context));
  users.addCommand(passwordCommand(context));
  users.addCommand(removeCommand(context));
  return users;
}

function listCommand(context: Context): Command {
  return new Command("list").description("Every user").action((_options: unknown, self: Command) =>
    withSession(context, self, async (session) => {
      const { rows } = await session.connection.call<{ rows: readonly User[] }>("GET", "/v1/users");
      session.print(rows, () => usersText(rows));
    }),
  );
}

interface RoleOptions {
  readonly role?: User["role"];
  readonly shops: readonly string[];
  readonly allShops?: boolean;
}

const roleOption = (): Option => new Option("--role <role>", "what they may do").choices(userRoles);

const shopsOption = (command: Command): Command =>
  command.option("--shops <ids>", "the shops they may see, as a,b; repeatable", idsOption, []);

function addCommand(context: Context): Command {
  return shopsOption(new Command("add"))
    .argument("<name>", "what they sign in with")
    .description("Add a user; the password is made up and shown this once")
    .addOption(roleOption().default("viewer"))
    .action((name: string, { role, shops }: RoleOptions, self: Command) =>
      withSession(context, self, async (session) => {
        const body = { name, role, shops: shops.length === 0 ? null : shops };
        const made = await session.connection.call<NewUser>("POST", "/v1/users", { body });
        session.print(made, () => passwordText(made));
      }),
    );
}

function changeCommand(context: Context): Command {
  return shopsOption(new Command("role"))
    .argument("<name>", "the user")
    .description("Change what a user may do, and in which shops")
    .addOption(roleOption())
    .option("--all-shops", "let them see every shop")
    .action((name: string, options: RoleOptions, self: Command) =>
      withSession(context, self, async (session) => {
        const { user } = await change(session, name, changeOf(options));
        session.print(user, () => usersText([user]));
      }),
    );
}

/** What the options ask for. @throws problem `invalid-request` when they ask for nothing */
export function changeOf({ role, shops, allShops }: RoleOptions): Record<string, unknown> {
  if (allShops && shops.length > 0) {
    throw problem("invalid-request", "either --shops names some, or --all-shops means every one");
  }
  const body = {
    ...(role !== undefined && { role }),
    ...(shops.length > 0 && { shops }),
    ...(allShops && { shops: null }),
  };
  if (Object.keys(body).length > 0) return body;
  throw problem("invalid-request", "nothing to change: give --role, --shops or --all-shops");
}

function passwordCommand(context: Context): Command {
  return new Command("password")
    .argument("<name>", "the user")
    .description("Give a user a new password, shown this once; their sessions end")
    .action((name: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const made = await change(session, name, { resetPassword: true });
        session.print(made, () => passwordText(made));
      }),
    );
}

function removeCommand(context: Context): Command {
  return new Command("remove")
    .argument("<name>", "the user")
    .description("Remove a user, and end their sessions")
    .action((name: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const gone = await session.connection.call<User>("DELETE", pathOf(name));
        session.print(gone, () => `${gone.name} can sign in no more`);
      }),
    );
}

const pathOf = (name: string): string => `/v1/users/${encodeURIComponent(name)}`;

const change = (session: Session, name: string, body: object): Promise<NewUser> =>
  session.connection.call<NewUser>("PATCH", pathOf(name), { body });

export function passwordText({ user, password }: NewUser): string {
  return [
    `name      ${user.name}`,
    `role      ${user.role}`,
    `password  ${password ?? "as it was"}`,
    "The password is shown this once; they choose their own when they first sign in.",
  ].join("\n");
}

export function usersText(users: readonly User[]): string {
  return table(
    users,
    {
      name: ({ name }) => name,
      role: ({ role }) => role,
      shops: ({ shops }) => shops?.join(", ") ?? "(all)",
      made: ({ createdAt }) => moment(createdAt),
      "last signed in": ({ lastLoginAt }) => moment(lastLoginAt),
    },
    "no users yet: the first start makes one",
  );
}
