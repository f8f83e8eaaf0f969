import type { Clock } from "../../clock.ts";
import { type FieldError, problem } from "../../errors.ts";
import { INSTALLATION, type Records } from "../../storage/records.ts";
import { oneAfterTheOther } from "./in-turn.ts";
import { type KeptPassword, type Passwords, readablePassword } from "./passwords.ts";

/**
 * Who works with the shop and signs in to the admin. (Who buys is a shopper.) An owner may do all,
 * an editor what a secret key may, a viewer only look; the last two may be held to some shops. All
 * are in memory; changes are made one after the other, so that an owner always remains.
 */
export const userRoles = ["owner", "editor", "viewer"] as const;
export type UserRole = (typeof userRoles)[number];

export interface User {
  /** What they sign in with: small letters, digits and . _ @ + - */
  readonly name: string;
  readonly role: UserRole;
  /** The shops they may see; null: all. */
  readonly shops: readonly string[] | null;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
  /** True while the password is one that the server made up: they may change it, and no more. */
  readonly mustChangePassword: boolean;
}

export interface NewUser {
  readonly user: User;
  /** Made up by the server and told this once; null when the password stays as it is. */
  readonly password: string | null;
}

export interface WantedUser {
  readonly name: string;
  readonly role: UserRole;
  readonly shops: readonly string[] | null;
}

export interface UserChange {
  readonly role?: UserRole | undefined;
  readonly shops?: readonly string[] | null | undefined;
  readonly resetPassword?: boolean | undefined;
}

export interface Users {
  /** In order of their names. */
  list(): readonly User[];
  find(name: string): User | undefined;
  /** The user whose password this is; takes as long for a name that nobody has. */
  verify(name: string, password: string): Promise<User | undefined>;
  noteLogin(name: string): Promise<User>;
  /** @throws problem `conflict`, `limit-reached`, `invalid-request` */
  create(wanted: WantedUser): Promise<NewUser>;
  /** @throws problem `unknown-user`, `conflict` when no owner would remain */
  change(name: string, change: UserChange): Promise<NewUser>;
  /** @throws problem `unknown-user`, `conflict` when no owner would remain */
  remove(name: string): Promise<User>;
  /** @throws problem `invalid-request` naming the field */
  setPassword(name: string, current: string, password: string): Promise<User>;
  /** The first user of an installation that has none: its owner. */
  ensureFirst(): Promise<NewUser | undefined>;
}

interface KeptUser extends User {
  readonly password: KeptPassword;
}

const KIND = "user";
/** What a name may be made of. */
export const USER_NAME: RegExp = /^[a-z0-9._@+-]{1,64}$/;

export interface UsersOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly usersMost: number;
}

export async function openUsers(options: UsersOptions): Promise<Users> {
  const book = await openBook(options);
  const changes = changesOf(book, options);
  return { ...reading(book, options), ...changes, ...ofThemselves(book, options) };
}

/** The users in memory, and the one way of writing one down. */
interface Book {
  readonly byName: ReadonlyMap<string, KeptUser>;
  get(name: string): KeptUser;
  keep(kept: KeptUser): Promise<User>;
  drop(name: string): Promise<void>;
  /** Changes are made one after the other, each knowing what the one before has done. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

async function openBook({ records, usersMost }: UsersOptions): Promise<Book> {
  const byName = new Map<string, KeptUser>();
  const page = await records.list<KeptUser>(INSTALLATION, KIND, { limit: usersMost });
  for (const { value } of page.rows) byName.set(value.name, value);
  return {
    byName,
    get(name) {
      const found = byName.get(name);
      if (!found) throw problem("unknown-user", `there is no user "${name}"`);
      return found;
    },
    async keep(kept) {
      await records.write(INSTALLATION, [{ put: kept, kind: KIND, id: kept.name }]);
      byName.set(kept.name, kept);
      return visible(kept);
    },
    async drop(name) {
      await records.write(INSTALLATION, [{ remove: true, kind: KIND, id: name }]);
      byName.delete(name);
    },
    inTurn: oneAfterTheOther(),
  };
}

function reading(
  { byName, inTurn, keep }: Book,
  { passwords }: UsersOptions,
): Pick<Users, "list" | "find" | "verify"> {
  return {
    list: () => [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(visible),
    find(name) {
      const kept = byName.get(name);
      return kept && visible(kept);
    },
    async verify(name, password) {
      const kept = byName.get(name);
      if (!(await passwords.matches(password, kept?.password)) || !kept) return undefined;
      if (passwords.isCurrent(kept.password)) return visible(kept);
      const again = await passwords.keep(password);
      return await inTurn(async () => {
        const now = byName.get(name);
        return now?.password === kept.password ? keep({ ...now, password: again }) : undefined;
      });
    },
  };
}

/** What an owner does to users. */
function changesOf(
  { byName, get, keep, drop, inTurn }: Book,
  { clock, passwords, usersMost }: UsersOptions,
): Pick<Users, "create" | "change" | "remove" | "ensureFirst"> {
  const refuseWithoutOwner = (name: string): void => {
    const others = [...byName.values()].filter((user) => user.name !== name);
    if (others.some(({ role }) => role === "owner")) return;
    throw problem("conflict", `"${name}" is the last owner; make another user an owner first`);
  };
  const create = (wanted: WantedUser): Promise<NewUser> =>
    inTurn(async () => {
      const { name, role, shops } = wanted;
      refuseHeldOwner(wanted);
      if (byName.has(name)) {
        throw fieldProblem("conflict", "/name", `"${name}" is taken by another user`);
      }
      if (byName.size >= usersMost) {
        throw problem("limit-reached", `access.usersMost allows ${usersMost} users`);
      }
      const password = readablePassword();
      const user = await keep({
        ...{ name, role, shops, createdAt: clock(), lastLoginAt: null, mustChangePassword: true },
        password: await passwords.keep(password),
      });
      return { user, password };
    });

  return {
    create,
    change: (name, { role, shops, resetPassword = false }) =>
      inTurn(async () => {
        const kept = get(name);
        const held = shops === undefined ? kept.shops : shops;
        const wanted = { ...kept, role: role ?? kept.role, shops: held };
        refuseHeldOwner(wanted);
        if (wanted.role !== "owner") refuseWithoutOwner(name);
        if (!resetPassword) return { user: await keep(wanted), password: null };
        const password = readablePassword();
        const reset = { password: await passwords.keep(password), mustChangePassword: true };
        return { user: await keep({ ...wanted, ...reset }), password };
      }),
    remove: (name) =>
      inTurn(async () => {
        const kept = get(name);
        refuseWithoutOwner(name);
        await drop(name);
        return visible(kept);
      }),
    async ensureFirst() {
      if (byName.size > 0) return undefined;
      return await create({ name: "owner", role: "owner", shops: null });
    },
  };
}

/** What users do to themselves. */
function ofThemselves(
  { get, keep, inTurn }: Book,
  { clock, passwords }: UsersOptions,
): Pick<Users, "noteLogin" | "setPassword"> {
  return {
    noteLogin: (name) => inTurn(() => keep({ ...get(name), lastLoginAt: clock() })),
    setPassword: (name, current, password) =>
      inTurn(async () => {
        const kept = get(name);
        if (!(await passwords.matches(current, kept.password))) {
          throw fieldProblem("invalid-request", "/current", "is not your password");
        }
        if (await passwords.matches(password, kept.password)) {
          throw fieldProblem("invalid-request", "/password", "is the one you have; take another");
        }
        const changed = { password: await passwords.keep(password), mustChangePassword: false };
        return keep({ ...kept, ...changed });
      }),
  };
}

/** An owner can let themselves into every shop, so holding one to some would be a pretence. */
function refuseHeldOwner({ role, shops }: Pick<WantedUser, "role" | "shops">): void {
  if (role !== "owner" || shops === null) return;
  throw fieldProblem("invalid-request", "/shops", "must be null for an owner, who sees every shop");
}

function fieldProblem(
  code: "invalid-request" | "conflict",
  pointer: string,
  detail: string,
): Error {
  const errors: FieldError[] = [{ pointer, detail }];
  return problem(code, `${pointer}: ${detail}`, { errors });
}

function visible({ password: _, ...user }: KeptUser): User {
  return user;
}
