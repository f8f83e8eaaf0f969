import type { EventName } from "../collect/event.ts";

/**
 * What each shopper did lately, updated by every event the moment it is durable, so that the next
 * answer knows of it. At most `features.recentEvents` per person; persons beyond
 * `features.recentShoppers` are read back from the log when asked for.
 */
export interface RecentEvent {
  readonly at: number;
  readonly name: EventName;
  /** Item ids as sent (variants); the reader maps them to groups. */
  readonly items: readonly string[];
  readonly session: string | undefined;
  readonly surface: string | undefined;
  readonly query: string | undefined;
  readonly personalise: boolean;
}

export interface Recent {
  /** Oldest first; empty for a person never seen. */
  of(shop: string, person: string): Promise<readonly RecentEvent[]>;
}
