import { timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Shops } from "../../collect/shops.ts";
import { problem } from "../../errors.ts";
import { INSTALLATION } from "../../storage/records.ts";
import { refuseForeign } from "../access/same-origin.ts";
import type { AdminSession, Sessions } from "../access/sessions.ts";
import type { User, UserRole, Users } from "../access/users.ts";
import { type Keys, type Role, sha256 } from "../keys.ts";

/**
 * Who is calling, and what they may do: a program with a key, or a user who is signed in. The key
 * decides the shop; only the owner's, and a user, say which shop is meant, with the header X-Shop.
 */
export type Scope = "public" | "publishable" | "secret" | "owner" | "metrics" | "session";

/** Which roles a scope lets in. */
const ALLOWED: Readonly<Record<Scope, readonly Role[]>> = {
  public: [],
  publishable: ["publishable", "secret", "owner"],
  secret: ["secret", "owner"],
  owner: ["owner"],
  metrics: ["secret", "owner"],
  session: [],
};

/** What each user may do is what a key of that role may; a viewer only as far as nothing changes. */
const ROLE_OF: Readonly<Record<UserRole, Role>> = {
  owner: "owner",
  editor: "secret",
  viewer: "secret",
};

export interface Caller {
  readonly role: Role | "nobody";
  /** Id of the key, or `user:` and the name, for the record of who changed what. */
  readonly key: string;
  /** The shop all reading and writing happens in; "" is the installation. */
  readonly shop: string;
  /** Who is signed in; absent where a key was brought. */
  readonly signedIn?: SignedIn;
  /** Whether what let them in still does: for answers that last. */
  isStillIn(): boolean;
}

export interface SignedIn {
  readonly user: User;
  readonly session: AdminSession;
}

/** What of a route decides who may come in. */
export interface DoorPlate {
  readonly scope: Scope;
  /** Whether nothing is changed there. */
  readonly reads: boolean;
}

export interface Doorkeeper {
  /**
   * @throws problem `not-authenticated`, `password-change-required`, `not-allowed`,
   * `foreign-request`, `unknown-shop`
   */
  admit(request: FastifyRequest, plate: DoorPlate): Promise<Caller>;
}

export const NOBODY: Caller = {
  role: "nobody",
  key: "",
  shop: INSTALLATION,
  isStillIn: () => true,
};
/** The cookie of a session. */
export const COOKIE = "shopkeeper";
const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;
/** What a proxy says of the caller it stands before. */
const PROXIED = /^(?:x-forwarded(?:-\w+)?|x-real-ip|forwarded|via)$/;

/**
 * Whether a program of this machine asks, and for this machine. The address alone does not tell:
 * a reverse proxy beside us has it too, and so has a page in a local browser whose name was
 * pointed here.
 */
export function fromHere({ socket, headers }: FastifyRequest): boolean {
  if (!LOOPBACK.has(socket.remoteAddress ?? "")) return false;
  if (!LOOPBACK_HOST.test(headers.host ?? "")) return false;
  return !Object.keys(headers).some((name) => PROXIED.test(name));
}

export interface DoorkeeperOptions {
  readonly keys: Keys;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly shops: Shops;
  /** Lets the command line of this machine in as owner; see door.ts. */
  readonly localToken: string;
}

export function openDoorkeeper(options: DoorkeeperOptions): Doorkeeper {
  const { keys, users, sessions, shops } = options;
  const tokenHash = sha256(options.localToken);
  const keyOf = (secret: string): Opener | undefined =>
    keys.find(secret) ?? (timingSafeEqual(sha256(secret), tokenHash) ? LOCAL_OWNER : undefined);
  const admitKey = async (request: FastifyRequest, secret: string, scope: Scope) => {
    const key = keyOf(secret);
    if (!key) throw problem("not-authenticated", "the API key is not known, or was revoked");
    if (scope === "session") {
      throw problem("not-allowed", "this is about who is signed in, and a key is not");
    }
    if (!ALLOWED[scope].includes(key.role)) {
      throw problem("not-allowed", `a ${key.role} key may not do this; it needs ${scope}`);
    }
    const shop = await shopOfKey(request, key, shops);
    const isStillIn = (): boolean => keyOf(secret) !== undefined;
    return { role: key.role, key: key.id, shop, isStillIn };
  };
  const admitUser = async (request: FastifyRequest, signedIn: SignedIn, plate: DoorPlate) => {
    const { user, session } = signedIn;
    judgeUser(request, user, plate);
    const shop = await shopOfUser(request, user, plate.scope, shops);
    const isStillIn = (): boolean => {
      const now = users.find(user.name);
      return sessions.isAlive(session.id) && now?.role === user.role && maySee(now, shop);
    };
    return { role: ROLE_OF[user.role], key: `user:${user.name}`, shop, signedIn, isStillIn };
  };

  return {
    async admit(request, plate) {
      const { scope } = plate;
      if (scope === "public") return NOBODY;
      const secret = secretOf(request) ?? keyInAddress(request, scope);
      if (secret !== undefined) return await admitKey(request, secret, scope);
      const session = sessions.use(request.cookies[COOKIE] ?? "");
      const user = session && users.find(session.user);
      if (user) return await admitUser(request, { user, session }, plate);
      if (scope === "metrics" && fromHere(request)) return NOBODY;
      throw problem("not-authenticated", "the request brings no API key, and nobody is signed in");
    },
  };
}

type Opener = { readonly id: string; readonly role: Role; readonly shop: string | null };

const LOCAL_OWNER: Opener = { id: "local", role: "owner", shop: null };

/** @throws problem `foreign-request`, `password-change-required`, `not-allowed` */
function judgeUser(request: FastifyRequest, user: User, { scope, reads }: DoorPlate): void {
  if (request.method !== "GET" && request.method !== "HEAD") refuseForeign(request);
  if (scope === "session") return;
  if (user.mustChangePassword) {
    throw problem("password-change-required", `"${user.name}" has a password made up for them`);
  }
  if (!ALLOWED[scope].includes(ROLE_OF[user.role])) {
    throw problem("not-allowed", `user "${user.name}" is no ${scope}`);
  }
  if (user.role !== "viewer" || reads) return;
  throw problem("not-allowed", "a viewer may look at everything, and change nothing");
}

const maySee = ({ shops }: User, shop: string): boolean => shops?.includes(shop) ?? true;

/** An owner may mean the installation; who else is signed in always means a shop. */
async function shopOfUser(
  request: FastifyRequest,
  user: User,
  scope: Scope,
  shops: Shops,
): Promise<string> {
  if (scope === "session" || scope === "metrics") return INSTALLATION;
  const given = request.headers["x-shop"];
  if (given === undefined && user.role === "owner") return INSTALLATION;
  const wanted = given ?? (user.shops?.length === 1 ? user.shops[0] : undefined);
  if (wanted === undefined) throw shopIsMissing();
  if (!maySee(user, String(wanted))) {
    throw problem("not-allowed", `user "${user.name}" may not see the shop that X-Shop names`);
  }
  return (await shops.get(String(wanted))).id;
}

export const shopIsMissing = (): Error =>
  problem("invalid-request", "the header X-Shop must name the shop", {
    errors: [{ pointer: "/headers/x-shop", detail: "is required of an owner and of a user" }],
  });

/** Authorization: Bearer, else X-API-Key. */
function secretOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  const bearer = authorization === undefined ? null : /^Bearer +(\S+) *$/i.exec(authorization);
  if (bearer) return bearer[1];
  const apiKey = request.headers["x-api-key"];
  return typeof apiKey === "string" ? apiKey : undefined;
}

/**
 * A page that is being left can only name its key in the address (`?key=`): a beacon has no
 * headers, and a request without headers of its own needs no preflight. Only what a publishable
 * key may do, and only with such a key, for an address is written to logs. It is taken out of the
 * query, where no route expects it.
 */
function keyInAddress({ query }: FastifyRequest, scope: Scope): string | undefined {
  if (scope !== "publishable") return undefined;
  const given = query as Record<string, unknown>;
  const { key } = given;
  if (typeof key !== "string") return undefined;
  delete given["key"];
  if (key.startsWith("pk_")) return key;
  throw problem("not-authenticated", "only a publishable key may stand in an address");
}

async function shopOfKey(request: FastifyRequest, key: Opener, shops: Shops): Promise<string> {
  const wanted = request.headers["x-shop"];
  if (key.shop !== null) {
    if (wanted === undefined || wanted === key.shop) return key.shop;
    throw problem("not-allowed", "this key belongs to one shop; X-Shop names another");
  }
  if (wanted === undefined) return INSTALLATION;
  return (await shops.get(String(wanted))).id;
}
