/**
 * What is kept on the shopper's device, in one entry of localStorage, or in memory where a browser
 * keeps nothing. It is read and written whole each time, so the tabs of a shop see each other.
 */
export interface Consent {
  readonly measure: boolean;
  readonly personalise: boolean;
}

/** An event on its way to a route below `/v1/events`. */
export interface Waiting {
  readonly to: "" | "/ga4";
  /** When it happened. @unit epoch ms */
  readonly at: number;
  readonly event: object;
}

/** Who is here, by the names that an event has for it. */
export interface Who {
  readonly anonymous?: string;
  readonly shopper?: string;
  readonly session?: string;
}

export interface Kept {
  readonly who?: Who;
  /** When the session last showed life. @unit epoch ms */
  readonly seenAt?: number;
  readonly consent?: Consent;
  readonly queue?: readonly Waiting[] | undefined;
}

const ENTRY = "shopkeeper";
const SESSION_GAP_MS = 1_800_000;
let memory: Kept = {};

export function recall(): Kept {
  try {
    return JSON.parse(localStorage[ENTRY]);
  } catch {
    return memory;
  }
}

export function keep(kept: Kept): void {
  memory = kept;
  try {
    localStorage[ENTRY] = JSON.stringify(kept);
  } catch {
    // Full or forbidden: this page goes on from memory.
  }
}

/** Changes a part and leaves the rest. */
export const change = (part: Kept): void => keep({ ...recall(), ...part });

/** UUID of version 7 (RFC 9562), so that the log's index grows at its end. */
export const newId = (): string =>
  [Date.now(), ...crypto.getRandomValues(new Uint16Array(5))]
    .map((part, at) => part.toString(16).padStart(at ? 4 : 12, "0"))
    .join("")
    .replace(/(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-7$3-8$4-");

/** Who is here, a shopper if that is now known; a pause of 30 minutes begins a new session. */
export function present(shopper?: string): Who {
  const kept = recall();
  const seenAt = Date.now();
  const isNew = seenAt - (kept.seenAt ?? 0) > SESSION_GAP_MS;
  const who = {
    anonymous: newId(),
    ...kept.who,
    ...(isNew && { session: newId() }),
    ...(shopper && { shopper }),
  };
  change({ who, seenAt });
  return who;
}
