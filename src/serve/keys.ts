import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { assert } from "../assert.ts";
import type { Clock } from "../clock.ts";
import { problem } from "../errors.ts";
import { INSTALLATION, type Records } from "../storage/records.ts";

/**
 * API keys: 32 random bytes that are shown once and kept only as SHA-256. A publishable key may
 * stand in a web page and sends events and asks for recommendations; a secret key may do all in its
 * shop; the owner's key is of the installation.
 */
export type Role = "publishable" | "secret" | "owner";

/** A key as it may be listed: nothing in it opens anything. */
export interface Key {
  readonly id: string;
  readonly role: Role;
  /** Null: of the installation. */
  readonly shop: string | null;
  readonly name: string;
  /** Prefix and last four characters of the key. */
  readonly masked: string;
  readonly createdAt: number;
  /** Day of last use, UTC, as 2026-01-31. */
  readonly lastUsedDay: string | null;
  readonly revokedAt: number | null;
}

interface KeptKey extends Key {
  /** SHA-256 of the key, hex. */
  readonly hash: string;
}

export interface NewKey {
  readonly key: Key;
  /** Shown once: it cannot be had again. */
  readonly secret: string;
}

export interface Keys {
  create(wanted: { role: Role; shop: string | null; name: string }): Promise<NewKey>;
  /**
   * A key that is good until the server stops: for pages of the server itself. It is in no list and
   * is never written. @returns the secret
   */
  lend(wanted: { role: "publishable"; shop: string; name: string }): string;
  /** Of one shop, or of all when null. Oldest first. */
  list(shop: string | null): readonly Key[];
  /** @throws problem `unknown-key` */
  revoke(id: string): Promise<Key>;
  /** The key that this is, unless it is unknown or revoked. Notes the day of its use. */
  find(secret: string): Key | undefined;
  /** Creates the keys of a shop, and the owner's, that are not there yet. */
  ensureFirst(shop: string): Promise<readonly NewKey[]>;
  /** Writes the days of use that are not written yet. */
  flush(): Promise<void>;
}

const KIND = "key";
const PREFIXES: Readonly<Record<Role, string>> = {
  publishable: "pk_",
  secret: "sk_",
  owner: "ok_",
};
const KEY = /^[pso]k_[A-Za-z0-9_-]{43}$/;
const DAY_MS = 86_400_000;

export async function openKeys(records: Records, clock: Clock, keysMost: number): Promise<Keys> {
  const byHash = await keptByHash(records, keysMost);
  const lent = new Map<string, Key>();
  const unwritten = new Set<string>();

  const keep = async (kept: KeptKey): Promise<void> => {
    await records.write(INSTALLATION, [{ put: kept, kind: KIND, id: kept.id }]);
    byHash.set(kept.hash, kept);
  };

  const keys: Keys = {
    async create({ role, shop, name }) {
      assert((role === "owner") === (shop === null), "only the owner's keys are of no shop");
      if (byHash.size >= keysMost) {
        throw problem("limit-reached", `server.keysMost allows ${keysMost} keys`);
      }
      const secret = newSecret(role);
      const kept = newKey(secret, role, shop, name, clock());
      await keep(kept);
      return { key: visible(kept), secret };
    },
    lend({ role, shop, name }) {
      const secret = newSecret(role);
      const { hash, ...key } = newKey(secret, role, shop, name, clock());
      lent.set(hash, key);
      return secret;
    },
    list(shop) {
      const wanted = [...byHash.values()].filter((kept) => shop === null || kept.shop === shop);
      return wanted.sort((left, right) => left.createdAt - right.createdAt).map(visible);
    },
    async revoke(id) {
      const found = [...byHash.values()].find((kept) => kept.id === id);
      if (!found) throw problem("unknown-key", `there is no key "${id}"`);
      const revoked = { ...found, revokedAt: found.revokedAt ?? clock() };
      await keep(revoked);
      return visible(revoked);
    },
    find(secret) {
      if (!KEY.test(secret)) return undefined;
      const hash = sha256(secret);
      const kept = byHash.get(hash.toString("hex"));
      if (!kept) return lent.get(hash.toString("hex"));
      if (kept.revokedAt !== null) return undefined;
      if (!timingSafeEqual(hash, Buffer.from(kept.hash, "hex"))) return undefined;
      const today = dayOf(clock());
      if (kept.lastUsedDay !== today) {
        byHash.set(kept.hash, { ...kept, lastUsedDay: today });
        unwritten.add(kept.hash);
      }
      return kept;
    },
    async ensureFirst(shop) {
      const made: NewKey[] = [];
      for (const missing of missingKeys([...byHash.values()], shop)) {
        made.push(await keys.create({ ...missing, name: "first" }));
      }
      return made;
    },
    async flush() {
      const used = [...unwritten].flatMap((hash) => byHash.get(hash) ?? []);
      unwritten.clear();
      const changes = used.map((kept) => ({ put: kept, kind: KIND, id: kept.id }));
      if (changes.length > 0) await records.write(INSTALLATION, changes);
    },
  };
  return keys;
}

async function keptByHash(records: Records, keysMost: number): Promise<Map<string, KeptKey>> {
  const page = await records.list<KeptKey>(INSTALLATION, KIND, { limit: keysMost });
  return new Map(page.rows.map(({ value }) => [value.hash, value]));
}

/** What a shop and the installation need and have not. */
function missingKeys(
  kept: readonly Key[],
  shop: string,
): readonly { readonly role: Role; readonly shop: string | null }[] {
  return (["publishable", "secret", "owner"] as const)
    .map((role) => ({ role, shop: role === "owner" ? null : shop }))
    .filter((wanted) => !kept.some((key) => key.role === wanted.role && key.shop === wanted.shop));
}

export const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

const newSecret = (role: Role): string => PREFIXES[role] + randomBytes(32).toString("base64url");

const dayOf = (at: number): string => new Date(at - (at % DAY_MS)).toISOString().slice(0, 10);

function newKey(
  secret: string,
  role: Role,
  shop: string | null,
  name: string,
  createdAt: number,
): KeptKey {
  return {
    id: `key-${randomBytes(6).toString("hex")}`,
    role,
    shop,
    name,
    masked: `${PREFIXES[role]}…${secret.slice(-4)}`,
    createdAt,
    lastUsedDay: null,
    revokedAt: null,
    hash: sha256(secret).toString("hex"),
  };
}

function visible({ hash: _, ...key }: KeptKey): Key {
  return key;
}
