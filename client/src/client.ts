import { callOf } from "./calls.ts";
import { routes } from "./made/routes.ts";
import type { Subjects } from "./made/subjects.ts";
import { realSurroundings, type Surroundings } from "./surroundings.ts";
import { type Address, makeCall } from "./transport.ts";

/**
 * The API of a Shopkeeper server as methods, grouped by subject; each is one route. Nothing is
 * opened and nothing need be closed.
 */
export type Shopkeeper = Subjects;

export interface ClientOptions {
  /** Where the server is, e.g. `http://localhost:4600`. */
  readonly url: string;
  /** An API key. A page may hold a publishable one and no other. */
  readonly key?: string;
  /** A page of the server's own, whose user is signed in: the browser brings the cookie. */
  readonly signedIn?: boolean;
  /** The shop that is meant; with the owner's key, or signed in. */
  readonly shop?: string;
  /** Longest wait for one answer; 0 waits for ever. Absent: 30 s. @unit ms */
  readonly timeoutMs?: number;
  /** How often a call that failed in passing is made again. Absent: 4 times. */
  readonly repeatsMost?: number;
  /** Clock, chance and `fetch`, for tests and for programs that bring their own. */
  readonly surroundings?: Partial<Surroundings>;
}

const TIMEOUT_MS = 30_000;
const REPEATS_MOST = 4;

export function openClient(options: ClientOptions): Shopkeeper {
  const surroundings: Surroundings = { ...realSurroundings, ...options.surroundings };
  const address: Address = {
    url: options.url.replace(/\/+$/, ""),
    key: options.key ?? "",
    signedIn: options.signedIn ?? false,
    shop: options.shop,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    repeatsMost: options.repeatsMost ?? REPEATS_MOST,
  };
  const subjects: Record<string, Record<string, (...given: unknown[]) => Promise<unknown>>> = {};
  for (const [id, route] of Object.entries(routes)) {
    const methods = subjects[route.subject] ?? {};
    subjects[route.subject] = methods;
    methods[id] = async (...given) => makeCall(callOf(id, route, given), address, surroundings);
  }
  return subjects as unknown as Shopkeeper;
}
