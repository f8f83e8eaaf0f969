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
  const answer = await askAsAdmin("/v1/session");
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(await detailOf(answer));
  return (await answer.json()) as Session;
}

/** @throws Error in the server's words */
export async function enter(name: string, password: string): Promise<Session> {
  const answer = await askAsAdmin("/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  if (!answer.ok) throw new Error(await detailOf(answer));
  return (await answer.json()) as Session;
}

export async function leave(): Promise<void> {
  await askAsAdmin("/v1/session", { method: "DELETE" });
}

async function detailOf(answer: Response): Promise<string> {
  try {
    const { title, detail } = (await answer.json()) as { title?: string; detail?: string };
    return detail ?? title ?? `HTTP ${answer.status}`;
  } catch {
    return `HTTP ${answer.status}`;
  }
}
