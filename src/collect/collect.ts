import type { FieldError, ProblemCode } from "../errors.ts";
import type { Event } from "./event.ts";
import type { Item } from "./item.ts";
import type { Retention } from "./retention/retention.ts";

/**
 * Letting things in: validation, identity, consent, the catalogue, erasure. What collect answers
 * for is durable, unless it says otherwise. It never reads history back to judge an event.
 */
export interface Collect {
  /** Takes the good events of a batch (at most `limits.eventsPerBatch`) and says what is wrong with the rest. */
  events(shop: string, inputs: readonly unknown[]): Promise<EventsTaken>;
  /**
   * Takes the exposures of one list, whole or not at all. Resolves once they are written: they survive
   * the end of this process, and a power cut from the next sync on, for which no shopper waits.
   * @throws problem where one is not good
   */
  shown(shop: string, exposures: readonly unknown[]): Promise<void>;
  /** Upserts the good items of a batch. An item is replaced whole; what the input leaves out is gone. */
  items(shop: string, inputs: readonly unknown[]): Promise<ItemsTaken>;
  /** Changes some fields of one item (the fast channel: price, stock, hidden, availability). */
  patchItem(shop: string, item: string, patch: unknown): Promise<Item>;
  removeItem(shop: string, item: string): Promise<void>;
  /** From now on everything of the anonymous id is the shopper's, past events included. Idempotent. */
  merge(shop: string, anonymous: string, shopper: string): Promise<Merged>;
  /** Removes a shopper and every anonymous id merged into them from the log and all that is derived. */
  erase(shop: string, shopper: string): Promise<ErasureCertificate>;
  /** How long events are kept, and what is allowed to who has not been asked. */
  readonly retention: Retention;
  /** Who is meant: the known shopper of an anonymous id, else the id itself. */
  personOf(
    shop: string,
    ids: { shopper?: string | undefined; anonymous?: string | undefined },
  ): string | null;
  /** Registers for what was taken in; called after it is durable, in order, and must not throw. */
  listen(listener: CollectListener): void;
}

export interface Rejected {
  /** Place in the batch that was sent, from 0. */
  readonly index: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly remedy: string;
}

export interface EventsTaken {
  /** New events written. */
  readonly accepted: number;
  /** Events that had been taken before: nothing changed. */
  readonly duplicates: number;
  /** Good events that were not kept, because the shopper does not allow measuring. */
  readonly withheld: number;
  readonly rejected: readonly Rejected[];
}

export interface ItemsTaken {
  readonly upserted: number;
  readonly unchanged: number;
  readonly rejected: readonly Rejected[];
}

export interface Merged {
  readonly person: string;
  /** Events that changed hands. */
  readonly events: number;
}

/** What can be shown to the person who asked, without keeping who they were. */
export interface ErasureCertificate {
  readonly id: string;
  readonly at: number;
  /** SHA-256 of shop and shopper id with a salt kept only in this certificate. */
  readonly subject: string;
  readonly salt: string;
  readonly events: number;
  readonly aliases: number;
  readonly derived: readonly string[];
}

export interface Expired {
  /** Places in the log. */
  readonly places: readonly number[];
  readonly persons: readonly string[];
}

/** Of one batch of events or items. */
export interface BatchTime {
  /** To validate it. @unit ms */
  readonly checkedMs: number;
  /** From then until it was durable; null where nothing of it was to be written. @unit ms */
  readonly storedMs: number | null;
}

export interface CollectListener {
  /** What it derives, for certificates of erasure: "recent events", "analytics". */
  readonly derives?: string;
  events?(shop: string, events: readonly Event[]): void;
  /** @param left groups that one of their items has gone from */
  items?(
    shop: string,
    items: readonly Item[],
    removed: readonly string[],
    left: readonly string[],
  ): void;
  /** How long a batch took. Not told of lists that were shown: nobody sent those. */
  timed?(shop: string, took: BatchTime): void;
  merged?(shop: string, from: string, to: string): void;
  /** May be awaited: erasure is answered for only when every listener is done. */
  erased?(shop: string, persons: readonly string[]): void | Promise<void>;
  /** Rows whose time was up, by place, and whose they were. Awaited as erasures are. */
  expired?(shop: string, gone: Expired): void | Promise<void>;
}
