/** The tracker of the page, or the calls that wait until it has arrived. */
export type Call = readonly unknown[];

declare global {
  interface Window {
    shopkeeper?: { push(...calls: Call[]): void };
  }
}

/** Pushed now or, before the tracker is there, kept for it. */
export function push(...calls: Call[]): void {
  window.shopkeeper ??= [] as Call[];
  window.shopkeeper.push(...calls);
}

const DONE = "shop-done";

/** Something was done that may change the lists; being shown something is not. */
export function tellDone(...calls: Call[]): void {
  if (calls.length === 0) return;
  push(...calls);
  try {
    sessionStorage.setItem(DONE, "1");
  } catch {
    // Then the lists of this page stay as they are.
  }
}

/**
 * Whether something was done, on this page or the one before, that the server knows of and no list
 * has answered yet.
 */
export function takeDone(): boolean {
  if (kept().queue?.length) return false;
  try {
    const isDone = sessionStorage.getItem(DONE) !== null;
    sessionStorage.removeItem(DONE);
    return isDone;
  } catch {
    return false;
  }
}

interface Who {
  readonly anonymous?: string;
  readonly shopper?: string;
  readonly session?: string;
}

/** The tracker's entry on this device, as its manual describes it. */
const ENTRY = "shopkeeper";

function kept(): { readonly who?: Who; readonly queue?: readonly unknown[] } {
  try {
    return JSON.parse(localStorage.getItem(ENTRY) ?? "{}");
  } catch {
    return {};
  }
}

/**
 * The page says for whom its lists are; events must be of the same. Another shopper than before
 * begins a session of their own, and what still waits to be sent stays whose it was.
 */
export function agreeOnWho({ anonymous, shopper }: DOMStringMap): void {
  const entry = kept();
  const { who } = entry;
  if (who?.anonymous === anonymous && (who?.shopper ?? "") === shopper) return;
  const now = { anonymous, ...(shopper ? { shopper } : {}) };
  try {
    localStorage.setItem(ENTRY, JSON.stringify({ ...entry, who: now, seenAt: 0 }));
  } catch {
    // Where nothing can be kept the tracker makes an id of its own.
  }
}

export const sessionNow = (): string => kept().who?.session ?? "";
