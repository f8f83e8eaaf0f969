import type { Sequences } from "../algorithms/sequences.ts";
import type { EventName } from "../collect/event.ts";

/**
 * What shoppers did with items until a moment, as dense integer sequences: the food of every
 * method of recommendation. Rows are persons, tokens are item groups. Order: person, then `at`,
 * then arrival in the log. Events without consent to personalise are not here.
 */
export interface Interactions {
  readonly shop: string;
  /** Nothing at or after this moment was read. @unit epoch ms */
  readonly asOf: number;
  /** Row number to person id, in order of first event. */
  readonly persons: readonly string[];
  /** Token to item group, in order of first event, then groups nobody has touched (catalogue order). */
  readonly groups: readonly string[];
  /** `weights` hold the strength of the event's name, see `strengths`. */
  readonly sequences: Sequences;
  /** Per place: code of the event's name, its place in `eventNames`. */
  readonly names: Uint8Array;
  /** Per place: session number, ascending in time within a person; unique across persons. */
  readonly sessions: Int32Array;
  /** Per place: basket (order) number, -1 where the event is not a purchase. */
  readonly baskets: Int32Array;
}

/** How much one event of a name says about liking, relative to a view = 1. */
export const strengths: Readonly<Partial<Record<EventName, number>>> = {
  item_view: 1,
  list_click: 0.5,
  wishlist_add: 2,
  cart_add: 3,
  purchase: 5,
  review: 4,
  share: 2,
};
