import type { EventName } from "../collect/event.ts";

/**
 * Everything that persons did, event by event, as columns: what a model of behaviour reads. Other than
 * in interactions, an event is one place, whatever number of items it names, and events without an item
 * (searches, steps of a checkout) are there too; what was only shown to a person is not.
 */
export interface Timelines {
  readonly shop: string;
  /** Nothing at or after this moment was read. @unit epoch ms */
  readonly asOf: number;
  /** Row number to person id. */
  readonly persons: readonly string[];
  /** Token to item group, in order of first event. */
  readonly groups: readonly string[];
  /** Row r holds the places offsets[r] .. offsets[r + 1] - 1, in order of time, then arrival. */
  readonly offsets: Int32Array;
  /** @unit epoch ms */
  readonly times: Float64Array;
  /** Code of the event's name: its place in `eventNames`. */
  readonly names: Uint8Array;
  /** Where in the shop it happened: its place in `surfaces` from 1, 0 where that is not said. */
  readonly surfaces: Uint8Array;
  /** Token of the first item named, -1 where none is. */
  readonly tokens: Int32Array;
  /** Session number, ascending in time within a person. */
  readonly sessions: Int32Array;
  /** Pieces over all items; one of each where the quantity is not said. */
  readonly pieces: Float64Array;
  /** Mean price of a piece in the main currency; NaN where no price is said. @unit minor */
  readonly priceMinor: Float64Array;
  /** What was paid in the main currency; 0 for what is no purchase. @unit minor */
  readonly paidMinor: Float64Array;
  /** The main currency; null where nothing with a price was bought. */
  readonly currency: string | null;
}

/** What a person does; what is shown to them or said about them is left out. */
export const deeds: readonly EventName[] = [
  "page_view",
  "list_click",
  "search",
  "item_view",
  "wishlist_add",
  "wishlist_remove",
  "cart_add",
  "cart_remove",
  "cart_view",
  "checkout_start",
  "checkout_step",
  "purchase",
  "refund",
  "order_cancel",
  "promotion_click",
  "coupon",
  "review",
  "share",
];
