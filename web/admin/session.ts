import { askAsAdmin } from "../ui/api.ts";

/** Who is in, and which shops they may see. */
export interface Session {
  readonly user: { readonly name: string; readonly role: "owner" | "editor" | "viewer" };
  readonly shops: readonly { readonly id: string; readonly name: string }[];
  readonly expiresAt: number;
}

/** Under which the session is kept among what was asked. */
export const SESSION: readonly string[] = ["session"];

/** The session of this browser; null when nobody is in. */
export async function currentSession(): Promise<Session | null> {
  const answer = await ask();
  if (answer.status === 401) return null;
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as Session;
}

/** @throws Error in the server's words, with its code */
export async function enter(name: string, password: string): Promise<Session> {
  const answer = await ask({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as Session;
}

export async function leave(): Promise<void> {
  await askAsAdmin("/v1/session", { method: "DELETE" });
}

async function ask(init?: RequestInit): Promise<Response> {
  try {
    return await askAsAdmin("/v1/session", init);
  } catch (cause) {
    const said = "the server cannot be reached: see that it runs, and try again";
    throw Object.assign(new Error(said, { cause }), { code: "unreachable" });
  }
}

async function problemOf(answer: Response): Promise<Error> {
  const said = (await answer.json().catch(() => ({}))) as Partial<Record<string, string>>;
  const { code, title, detail } = said;
  return Object.assign(new Error(detail ?? title ?? `HTTP ${answer.status}`), { code });
}
