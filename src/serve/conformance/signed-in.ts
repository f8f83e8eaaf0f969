import type { FastifyInstance } from "fastify";
import type { Platform } from "../../platform.ts";
import { type Access, openAccess } from "../access/access.ts";
import { openPasswords } from "../access/passwords.ts";
import type { UserRole } from "../access/users.ts";
import { COOKIE } from "../http/auth.ts";

/** What the sample calls sign in with. */
export const SAMPLE_PASSWORD = "a sample password";

/** What a guess costs is not judged here: passwords that are checked in no time. */
export const sampleAccess = ({ storage, clock, config }: Platform): Promise<Access> =>
  openAccess({ records: storage.records, clock, config, passwords: openPasswords(4) });

/** A user with the sample's password, for tests alone: nobody else may choose one for another. */
export async function signUp(
  { users }: Access,
  name: string,
  role: UserRole,
  shops: readonly string[] | null = null,
): Promise<void> {
  const { password } = await users.create({ name, role, shops });
  await users.setPassword(name, password ?? "", SAMPLE_PASSWORD);
}

/** The headers that the admin's pages send for who is signed in. */
export async function headersOf(
  server: FastifyInstance,
  name: string,
  password: string = SAMPLE_PASSWORD,
): Promise<Record<string, string>> {
  const answer = await server.inject({
    method: "POST",
    url: "/v1/session",
    payload: { name, password },
  });
  const [cookie = ""] = String(answer.headers["set-cookie"]).split(";");
  return { cookie, "x-shopkeeper": "admin", "sec-fetch-site": "same-origin" };
}

/** An owner's headers, and for what is about a session those of a user who has just signed in. */
export async function fuzzHeaders(
  access: Access,
  ownersKey: string,
  shop: string,
): Promise<(scope: string) => Promise<Record<string, string>>> {
  const owner = { "x-api-key": ownersKey, "x-shop": shop };
  await signUp(access, "fuzz-owner", "owner");
  return async (scope) => {
    if (scope !== "session") return owner;
    const { token } = await access.sessions.begin("fuzz-owner");
    const cookie = `${COOKIE}=${token}`;
    return { cookie, "x-shopkeeper": "admin", "sec-fetch-site": "same-origin" };
  };
}
