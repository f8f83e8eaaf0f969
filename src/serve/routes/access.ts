import { z } from "zod";
import { assert } from "../../assert.ts";
import type { Shop } from "../../collect/shops.ts";
import { INSTALLATION } from "../../storage/records.ts";
import { type Access, shopsOf, userName } from "../access/access.ts";
import type { AuditEntry } from "../access/audit.ts";
import { PASSWORD_LENGTH_LEAST, PASSWORD_LENGTH_MOST } from "../access/passwords.ts";
import { refuseForeignPage } from "../access/same-origin.ts";
import { type NewUser, USER_NAME, type User, userRoles } from "../access/users.ts";
import { listOf } from "../answers.ts";
import { detailOf } from "../http/audited.ts";
import { type Caller, COOKIE, type SignedIn } from "../http/auth.ts";
import { readCursor, writeCursor } from "../http/cursor.ts";
import { type Call, type Route, route } from "../http/route.ts";

/** Who signs in, and who may. */
const givenName = z.string().min(1).max(128).transform(userName);
const newName = givenName.pipe(
  z.string().regex(USER_NAME, "1 to 64 letters a-z, digits and . _ @ + -"),
);
const password = z.string().max(PASSWORD_LENGTH_MOST);
const role = z.enum(userRoles);
const shops = z
  .array(z.string().min(1).max(63))
  .min(1)
  .max(1_000)
  .nullable()
  .describe("The shops they may see; null is every one");

const userSchema: z.ZodType<User> = z
  .object({
    name: z.string(),
    role,
    shops: z.array(z.string()).nullable(),
    createdAt: z.number(),
    lastLoginAt: z.number().nullable(),
    mustChangePassword: z
      .boolean()
      .describe(
        "The password is one that the server made up: until it is changed all else is refused",
      ),
  })
  .meta({ id: "User" });

const newUserSchema: z.ZodType<NewUser> = z
  .object({
    user: userSchema,
    password: z.string().nullable().describe("Made up by the server, shown this once"),
  })
  .meta({ id: "NewUser" });

interface SessionAnswer {
  readonly user: User;
  readonly shops: readonly Pick<Shop, "id" | "name">[];
  readonly expiresAt: number;
}

const sessionSchema: z.ZodType<SessionAnswer> = z
  .object({
    user: userSchema,
    shops: z.array(z.object({ id: z.string(), name: z.string() })),
    expiresAt: z.number().describe("Unless it is used before, and then not later than its end"),
  })
  .meta({ id: "Session" });

type In = Pick<Call<unknown, unknown, unknown>, "access" | "platform">;

async function answerFor({ access, platform }: In, signedIn: SignedIn): Promise<SessionAnswer> {
  const { user, session } = signedIn;
  const seen = await shopsOf(user, platform.shops);
  return { user, shops: seen, expiresAt: access.sessions.expiresAt(session) };
}

function signedInOf({ signedIn }: Caller): SignedIn {
  assert(signedIn !== undefined, "the scope lets in nobody but who is signed in");
  return signedIn;
}

/** The rooms of a session's cookie: read by no script, sent by no other site. */
const cookieOptions = (access: Access, { session }: SignedIn): object => ({
  path: "/",
  httpOnly: true,
  sameSite: "strict",
  secure: "auto",
  maxAge: Math.floor((access.sessions.endsAt(session) - session.createdAt) / 1_000),
});

const sessionRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/v1/session",
    id: "signIn",
    tag: "session",
    summary: "Sign in with name and password; the answer sets the cookie of the session",
    scope: "public",
    shop: "none",
    status: 201,
    body: z.strictObject({ name: givenName, password: password.min(1) }).meta({ id: "SignIn" }),
    answer: sessionSchema,
    problems: ["wrong-password", "foreign-request", "too-many-requests"],
    run: async ({ access, platform, body, request, reply }) => {
      refuseForeignPage(request);
      const begun = await access.signIn(body.name, body.password, request.ip);
      reply.setCookie(COOKIE, begun.token, cookieOptions(access, begun));
      reply.header("cache-control", "no-store");
      return await answerFor({ access, platform }, begun);
    },
  }),
  route({
    method: "GET",
    path: "/v1/session",
    id: "getSession",
    tag: "session",
    summary: "Who is signed in, and what they may see",
    scope: "session",
    shop: "none",
    answer: sessionSchema,
    run: ({ caller, ...rooms }) => answerFor(rooms, signedInOf(caller)),
  }),
  route({
    method: "DELETE",
    path: "/v1/session",
    id: "signOut",
    tag: "session",
    summary: "Sign out",
    scope: "session",
    shop: "none",
    status: 204,
    run: async ({ access, caller, reply }) => {
      await access.sessions.end(signedInOf(caller).session.id);
      reply.clearCookie(COOKIE, { path: "/" });
      return undefined;
    },
  }),
  route({
    method: "PUT",
    path: "/v1/session/password",
    id: "changePassword",
    tag: "session",
    summary: "Change one's own password; every other session of the user ends",
    scope: "session",
    shop: "none",
    body: z
      .strictObject({
        current: password.min(1),
        password: password.min(PASSWORD_LENGTH_LEAST),
      })
      .meta({ id: "PasswordChange" }),
    answer: sessionSchema,
    run: async ({ access, platform, caller, body }) => {
      const { user, session } = signedInOf(caller);
      const changed = await access.users.setPassword(user.name, body.current, body.password);
      await access.sessions.endAll(user.name, session.id);
      return await answerFor({ access, platform }, { user: changed, session });
    },
    words: () => ({ target: null, detail: "" }),
  }),
];

const userPath = z.object({ user: givenName });

const usersRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/v1/users",
    id: "listUsers",
    tag: "users",
    summary: "Who may sign in",
    scope: "owner",
    shop: "none",
    answer: listOf(userSchema),
    run: ({ access }) => ({ rows: access.users.list(), next: null }),
  }),
  route({
    method: "POST",
    path: "/v1/users",
    id: "createUser",
    tag: "users",
    summary: "Add a user; the password is made up here and shown this once",
    scope: "owner",
    shop: "none",
    status: 201,
    body: z
      .strictObject({ name: newName, role, shops: shops.default(null) })
      .meta({ id: "NewUserRequest" }),
    answer: newUserSchema,
    problems: ["conflict", "limit-reached", "unknown-shop"],
    run: async ({ access, platform, body }) => {
      for (const shop of body.shops ?? []) await platform.shops.get(shop);
      return await access.users.create(body);
    },
    words: ({ body }) => ({ target: body.name, detail: detailOf(body) }),
  }),
  route({
    method: "PATCH",
    path: "/v1/users/:user",
    id: "changeUser",
    tag: "users",
    summary: "Change what a user may do, or give them a new password",
    about: "With a new password every session of the user ends. An owner always remains.",
    scope: "owner",
    shop: "none",
    params: userPath,
    body: z
      .strictObject({
        role: role.optional(),
        shops: shops.optional(),
        resetPassword: z.boolean().optional(),
      })
      .meta({ id: "UserChange" }),
    answer: newUserSchema,
    problems: ["unknown-user", "conflict", "unknown-shop"],
    run: async ({ access, platform, path, body }) => {
      for (const shop of body.shops ?? []) await platform.shops.get(shop);
      const changed = await access.users.change(path.user, body);
      if (changed.password !== null) await access.sessions.endAll(path.user);
      return changed;
    },
  }),
  route({
    method: "DELETE",
    path: "/v1/users/:user",
    id: "removeUser",
    tag: "users",
    summary: "Remove a user, and end their sessions",
    scope: "owner",
    shop: "none",
    params: userPath,
    answer: userSchema,
    problems: ["unknown-user", "conflict"],
    run: async ({ access, path }) => {
      const gone = await access.users.remove(path.user);
      await access.sessions.endAll(path.user);
      return gone;
    },
  }),
];

const auditEntrySchema: z.ZodType<AuditEntry> = z
  .object({
    id: z.string(),
    at: z.number(),
    who: z.string().describe("Id of the key, or `user:` and the name"),
    shop: z.string().describe("Empty for what is of the installation"),
    route: z.string().describe("Name of the operation in this document"),
    target: z.string().nullable().describe("What was changed"),
    detail: z.string().describe("What was asked for, without secrets and cut short"),
    outcome: z.enum(["done", "refused"]),
    address: z.string(),
  })
  .meta({ id: "AuditEntry" });

const auditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(1_024).optional().describe("`next` of the page before"),
  who: z.string().max(128).optional(),
  route: z.string().max(64).optional(),
  since: z.coerce.number().int().min(0).optional().describe("Epoch milliseconds"),
});

const auditRoute = route({
  method: "GET",
  path: "/v1/audit",
  id: "listAudit",
  tag: "audit",
  summary: "Who changed what, newest first",
  about:
    "The owner sees all, or one shop by X-Shop; who else asks, their shop. Where few entries match a " +
    "page may be short and yet have a next one.",
  scope: "secret",
  shop: "any",
  query: auditQuery,
  answer: listOf(auditEntrySchema),
  run: async ({ access, shop, caller, query }) => {
    const { limit, cursor, ...asked } = query;
    const list = `audit ${shop}`;
    const isWhole = shop === INSTALLATION && caller.role === "owner";
    const filter = { ...asked, shop: isWhole ? null : shop };
    const before = readCursor(list, cursor);
    const page = await access.audit.list(filter, { limit, before });
    return { rows: page.rows, next: writeCursor(list, page.next) };
  },
});

export const accessRoutes: readonly Route[] = [...sessionRoutes, ...usersRoutes, auditRoute];
