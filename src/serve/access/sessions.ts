import { randomBytes } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { type Change, INSTALLATION, type Records } from "../../storage/records.ts";
import { sha256 } from "../keys.ts";

/**
 * Who is signed in. The cookie holds 32 random bytes, the records their SHA-256: who reads the
 * records, or a backup, cannot sign in with them. A session ends when it was not used for a while,
 * when it is old, when it is ended, and when its user has newer ones beyond the limit. When it was
 * last used is written when the server stops; after a crash it counts from the sign-in.
 */
export interface AdminSession {
  /** SHA-256 of what the cookie holds, hex. */
  readonly id: string;
  /** Name of the user. */
  readonly user: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

export interface Sessions {
  /** A new session, and what its cookie holds. */
  begin(user: string): Promise<{ readonly session: AdminSession; readonly token: string }>;
  /** The living session of a cookie, which is thereby used. */
  use(token: string): AdminSession | undefined;
  isAlive(id: string): boolean;
  /** When it ends if it is not used again. */
  expiresAt(session: AdminSession): number;
  /** When it ends however often it is used. */
  endsAt(session: AdminSession): number;
  end(id: string): Promise<void>;
  /** Ends those of a user, but the one that is excepted; says how many. */
  endAll(user: string, except?: string): Promise<number>;
  /** Writes when each was last used. */
  flush(): Promise<void>;
}

const KIND = "admin-session";
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type Limits = Pick<
  Config["access"],
  "sessionIdleHours" | "sessionDays" | "sessionsPerUser" | "usersMost"
>;

export async function openSessions(
  records: Records,
  clock: Clock,
  limits: Limits,
): Promise<Sessions> {
  const byId = new Map<string, AdminSession>();
  const unwritten = new Set<string>();
  const limit = limits.usersMost * limits.sessionsPerUser;
  const page = await records.list<AdminSession>(INSTALLATION, KIND, { limit });
  for (const { value } of page.rows) byId.set(value.id, value);

  const { endsAt, expiresAt } = lifetimeOf(limits);
  const alive = (id: string, now: number): AdminSession | undefined => {
    const found = byId.get(id);
    return found && expiresAt(found) > now ? found : undefined;
  };
  const end = async (ids: readonly string[], more: readonly Change[] = []): Promise<void> => {
    for (const id of ids) byId.delete(id);
    const gone = ids.map((id): Change => ({ remove: true, kind: KIND, id }));
    await records.write(INSTALLATION, [...gone, ...more]);
  };
  /** Those that have expired, and the ones of the user that a new one leaves no room for. */
  const outOfPlace = (user: string, now: number): string[] => {
    const all = [...byId.values()];
    const living = all.filter((one) => one.user === user && alive(one.id, now));
    living.sort((left, right) => right.lastSeenAt - left.lastSeenAt);
    const expired = all.filter(({ id }) => !alive(id, now));
    return [...expired, ...living.slice(limits.sessionsPerUser - 1)].map(({ id }) => id);
  };

  return {
    async begin(user) {
      const now = clock();
      const token = randomBytes(32).toString("base64url");
      const id = sha256(token).toString("hex");
      const session = { id, user, createdAt: now, lastSeenAt: now };
      const leaving = outOfPlace(user, now);
      byId.set(id, session);
      await end(leaving, [{ put: session, kind: KIND, id }]);
      return { session, token };
    },
    use(token) {
      if (!TOKEN.test(token)) return undefined;
      const now = clock();
      const found = alive(sha256(token).toString("hex"), now);
      if (!found) return undefined;
      const used = { ...found, lastSeenAt: now };
      byId.set(used.id, used);
      unwritten.add(used.id);
      return used;
    },
    isAlive: (id) => alive(id, clock()) !== undefined,
    expiresAt,
    endsAt,
    end: (id) => end([id]),
    async endAll(user, except) {
      const ids = [...byId.values()].flatMap(({ id, user: of }) =>
        of === user && id !== except ? id : [],
      );
      await end(ids);
      return ids.length;
    },
    async flush() {
      const used = [...unwritten].flatMap((id) => byId.get(id) ?? []);
      unwritten.clear();
      const changes = used.map((session): Change => ({ put: session, kind: KIND, id: session.id }));
      await records.write(INSTALLATION, changes);
    },
  };
}

function lifetimeOf(limits: Limits): Pick<Sessions, "endsAt" | "expiresAt"> {
  const endsAt = ({ createdAt }: AdminSession): number => createdAt + limits.sessionDays * DAY_MS;
  return {
    endsAt,
    expiresAt: (session) =>
      Math.min(session.lastSeenAt + limits.sessionIdleHours * HOUR_MS, endsAt(session)),
  };
}
