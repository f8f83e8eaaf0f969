import { timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Shops } from "../../collect/shops.ts";
import { problem } from "../../errors.ts";
import { INSTALLATION } from "../../storage/records.ts";
import { type Keys, type Role, sha256 } from "../keys.ts";

/**
 * Who is calling, and what they may do. The key decides the shop; only the owner says which shop
 * is meant, with the header X-Shop.
 */
export type Scope = "public" | "publishable" | "secret" | "owner" | "metrics";

/** Which roles a scope lets in. */
const ALLOWED: Readonly<Record<Scope, readonly Role[]>> = {
  public: [],
  publishable: ["publishable", "secret", "owner"],
  secret: ["secret", "owner"],
  owner: ["owner"],
  metrics: ["secret", "owner"],
};

export interface Caller {
  readonly role: Role | "nobody";
  /** Id of the key, for the record of who changed what. */
  readonly key: string;
  /** The shop all reading and writing happens in; "" is the installation. */
  readonly shop: string;
}

export interface Doorkeeper {
  /** @throws problem `not-authenticated`, `not-allowed`, `unknown-shop` */
  admit(request: FastifyRequest, scope: Scope): Promise<Caller>;
}

const NOBODY: Caller = { role: "nobody", key: "", shop: INSTALLATION };
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

/** @param localToken lets the command line of this machine in as owner; see door.ts */
export function openDoorkeeper(keys: Keys, shops: Shops, localToken: string): Doorkeeper {
  const tokenHash = sha256(localToken);
  const isLocalToken = (secret: string): boolean => timingSafeEqual(sha256(secret), tokenHash);

  return {
    async admit(request, scope) {
      if (scope === "public") return NOBODY;
      const secret = secretOf(request) ?? keyInAddress(request, scope);
      if (secret === undefined && scope === "metrics" && fromHere(request)) return NOBODY;
      if (secret === undefined) throw problem("not-authenticated", "the request brings no API key");
      const key = keys.find(secret) ?? (isLocalToken(secret) ? LOCAL_OWNER : undefined);
      if (!key) throw problem("not-authenticated", "the API key is not known, or was revoked");
      if (!ALLOWED[scope].includes(key.role)) {
        throw problem("not-allowed", `a ${key.role} key may not do this; it needs ${scope}`);
      }
      return { role: key.role, key: key.id, shop: await shopOf(request, key, shops) };
    },
  };
}

const LOCAL_OWNER = { id: "local", role: "owner", shop: null } as const;

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

async function shopOf(
  request: FastifyRequest,
  key: { readonly shop: string | null },
  shops: Shops,
): Promise<string> {
  const wanted = request.headers["x-shop"];
  if (key.shop !== null) {
    if (wanted === undefined || wanted === key.shop) return key.shop;
    throw problem("not-allowed", "this key belongs to one shop; X-Shop names another");
  }
  if (wanted === undefined) return INSTALLATION;
  return (await shops.get(String(wanted))).id;
}
