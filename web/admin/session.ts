import { askAsAdmin } from "../ui/api.ts";

/** Who is in, and which shops they may see. */
export interface Session {
  readonly user: {
    readonly name: string;
    readonly role: "owner" | "editor" | "viewer";
    readonly mustChangePassword: boolean;
  };
  readonly shops: readonly { readonly id: string; readonly name: string }[];
  readonly expiresAt: number;
}

/** In the server's words, with its code and the fields that are wrong. */
export interface Refusal extends Error {
  readonly code?: string | undefined;
  readonly errors?: readonly { readonly pointer: string }[] | undefined;
}

/** Under which the session is kept among what was asked. */
export const SESSION: readonly string[] = ["session"];

/** The session of this browser; null when nobody is in. */
export async function currentSession(): Promise<Session | null> {
  const answer = await ask("/v1/session");
  if (answer.status === 401) return null;
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as Session;
}

/** @throws Refusal */
export const enter = (name: string, password: string): Promise<Session> =>
  tell("/v1/session", "POST", { name, password });

/** @throws Refusal */
export const choosePassword = (current: string, password: string): Promise<Session> =>
  tell("/v1/session/password", "PUT", { current, password });

async function tell(path: string, method: "POST" | "PUT", body: object): Promise<Session> {
  const headers = { "content-type": "application/json" };
  const answer = await ask(path, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as Session;
}

export async function leave(): Promise<void> {
  await askAsAdmin("/v1/session", { method: "DELETE" });
}

async function ask(path: string, init?: RequestInit): Promise<Response> {
  try {
    return await askAsAdmin(path, init);
  } catch (cause) {
    const said = "the server cannot be reached: see that it runs, and try again";
    throw Object.assign(new Error(said, { cause }), { code: "unreachable" });
  }
}

type Said = Pick<Refusal, "code" | "errors"> & {
  readonly title?: string;
  readonly detail?: string;
};

async function problemOf(answer: Response): Promise<Refusal> {
  const said = (await answer.json().catch(() => ({}))) as Said;
  const { code, title, detail, errors } = said;
  const message = detail ?? title ?? `HTTP ${answer.status}`;
  return Object.assign(new Error(message), { code, errors });
}
