import type { Clock } from "../../clock.ts";
import type { Shop, Shops } from "../../collect/shops.ts";
import type { Config } from "../../config.ts";
import { problem } from "../../errors.ts";
import { INSTALLATION, type Records } from "../../storage/records.ts";
import { type Audit, type AuditNote, openAudit } from "./audit.ts";
import type { Passwords } from "./passwords.ts";
import { type AdminSession, openSessions, type Sessions } from "./sessions.ts";
import { openThrottle } from "./throttle.ts";
import { openUsers, type User, type Users } from "./users.ts";

/** Users, who of them is signed in, the way in, and who changed what. */
export interface Access {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly audit: Audit;
  /**
   * @param address whom the attempt is counted against
   * @throws problem `wrong-password`, `too-many-requests`
   */
  signIn(name: string, password: string, address: string): Promise<NewSession>;
}

export interface NewSession {
  readonly user: User;
  readonly session: AdminSession;
  /** What the cookie holds. */
  readonly token: string;
}

export interface AccessOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly config: Pick<Config, "access">;
  readonly passwords: Passwords;
}

const MINUTE_MS = 60_000;

export async function openAccess(options: AccessOptions): Promise<Access> {
  const { records, clock, passwords } = options;
  const { access: limits } = options.config;
  const audit = await openAudit(records, clock, limits.auditEntriesMost);
  const users = await openUsers({ records, clock, passwords, usersMost: limits.usersMost });
  const sessions = await openSessions(records, clock, limits);
  const window = limits.failureWindowMinutes * MINUTE_MS;
  const byAddress = openThrottle(clock, {
    most: limits.failuresPerAddress,
    window,
    what: "from this address",
  });
  const byName = openThrottle(clock, {
    most: limits.failuresPerName,
    window,
    what: "with this name",
  });

  return {
    users,
    sessions,
    audit,
    async signIn(given, password, address) {
      const name = userName(given);
      byAddress.attempt(address);
      byName.attempt(name);
      const found = await users.verify(name, password);
      await audit.add(signInNote(users.find(name)?.name, found !== undefined, address));
      if (!found) throw problem("wrong-password", "no user has this name and this password");
      byAddress.succeeded(address);
      byName.succeeded(name);
      const user = await users.noteLogin(name);
      return { user, ...(await sessions.begin(name)) };
    },
  };
}

/** A name that nobody has is left out: people write their password there. */
const signInNote = (name: string | undefined, isIn: boolean, address: string): AuditNote => ({
  who: name === undefined ? "nobody" : `user:${name}`,
  shop: INSTALLATION,
  route: "signIn",
  target: null,
  detail: "",
  outcome: isIn ? "done" : "refused",
  address,
});

/** A name as it is kept: who types "Anna " means anna. */
export const userName = (given: string): string => given.normalize("NFKC").trim().toLowerCase();

/** The shops that a user may see. */
export async function shopsOf({ shops }: User, all: Shops): Promise<readonly Shop[]> {
  const there = await all.list();
  return shops === null ? there : there.filter(({ id }) => shops.includes(id));
}
