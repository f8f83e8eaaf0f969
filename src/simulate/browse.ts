import type { EventContext, EventItem, Surface } from "../collect/event.ts";
import { consider } from "./cart.ts";
import { COMPANIONS, STYLES } from "./catalogue.ts";
import { attractionOf, examination, leafFit, matchOf } from "./choice.ts";
import { itemId } from "./ids.ts";
import { promotionOf } from "./prices.ts";
import { neighboursOf, type Place, placeFrom, placeOf, startList, warm } from "./shelf.ts";
import type { Process } from "./timeline.ts";
import { frontVariant, lineOf, pause, say, today, type Visitor } from "./visitor.ts";

/** A list as shown: where, under which name, what. */
export interface Shown {
  readonly surface: Surface;
  readonly list: string;
  readonly places: readonly Place[];
  readonly query?: string;
}

/** What the group last looked at adds to the pull of its neighbours and companions. */
export const KIN_BONUS = 1.1;
const DEEPEST = 2;
const SIMILAR_RATE = 0.34;
const TOGETHER_RATE = 0.2;
const WISH_RATE = 0.025;

/** Shows a list, and follows each click in it. */
export function* readList(visitor: Visitor, shown: Shown, depth: number): Process {
  if (shown.places.length === 0) return;
  visitor.lists++;
  const request = `${visitor.session}.${visitor.lists}`;
  const context: EventContext = {
    surface: shown.surface,
    list: shown.list,
    request,
    ...(shown.query === undefined ? {} : { query: shown.query }),
  };
  say(visitor, "list_view", context, { items: impressions(visitor, shown.places) });
  const clicked = drawClicks(visitor, shown.places);
  for (const k of clicked) {
    yield pause(visitor, 9);
    const group = shown.places[k]?.group ?? 0;
    const item = itemId(visitor.shop.catalogue, frontVariant(visitor.shop, group));
    say(visitor, "list_click", context, { items: [{ item, position: k }] });
    yield 500;
    yield* look(visitor, group, shown.list, 1, depth + 1);
  }
  if (clicked.length === 0) yield pause(visitor, 12);
}

function impressions(visitor: Visitor, places: readonly Place[]): EventItem[] {
  const { shop } = visitor;
  return places.map((place, position) => ({
    item: itemId(shop.catalogue, frontVariant(shop, place.group)),
    position,
    propensity: place.propensity,
  }));
}

/** Which places are clicked: each on its own, by the position-based model. */
function drawClicks(visitor: Visitor, places: readonly Place[]): number[] {
  const { shop, traits, random, intent, focus } = visitor;
  const { catalogue } = shop;
  const clicked: number[] = [];
  for (let k = 0; k < places.length; k++) {
    const group = places[k]?.group ?? 0;
    const bonus = isKin(visitor, focus, group) ? KIN_BONUS : 0;
    const lift = promotionOf(shop.prices, catalogue.groups, group, today(visitor))?.badgeLift ?? 1;
    const match = matchOf(catalogue, traits, group);
    const pull = attractionOf(match, leafFit(catalogue, traits, group, intent), bonus, lift);
    if (random.bernoulli(examination(k) * pull)) clicked.push(k);
  }
  return clicked;
}

function isKin(visitor: Visitor, focus: number, group: number): boolean {
  if (focus < 0) return false;
  const { catalogue } = visitor.shop;
  if (neighboursOf(catalogue, focus).includes(group)) return true;
  for (let c = 0; c < COMPANIONS; c++) {
    if (catalogue.companions[focus * COMPANIONS + c] === group) return true;
  }
  return false;
}

/** Looks at one group: view, cart or wish, and the lists on its page. */
export function* look(
  visitor: Visitor,
  group: number,
  list: string,
  urge: number,
  depth: number,
): Process {
  const { shop, random, traits } = visitor;
  const line = lineOf(visitor, { variant: frontVariant(shop, group), quantity: 1 });
  say(visitor, "item_view", { surface: "item", list }, { items: [line], currency: "CNY" });
  visitor.focus = group;
  visitor.intent = shop.catalogue.leafOf[group] ?? visitor.intent;
  warm(shop.shelf, group, 1);
  yield pause(visitor, 24);
  const match = matchOf(shop.catalogue, traits, group);
  const added = consider(visitor, group, urge);
  if (!added && random.bernoulli(Math.min(0.5, WISH_RATE * Math.exp(0.5 * match)))) {
    say(visitor, "wishlist_add", { surface: "item" }, { items: [{ item: line.item }] });
    yield pause(visitor, 4);
  }
  if (depth >= DEEPEST) return;
  if (random.bernoulli(added ? 2 * TOGETHER_RATE : TOGETHER_RATE)) {
    const places = startList(shop.shelf);
    placeOf(shop.shelf, random, places, companionsOf(visitor, group), COMPANIONS);
    const shown = { surface: "bought_together", list: "together", places } as const;
    yield* readList(visitor, shown, depth);
  }
  if (random.bernoulli(SIMILAR_RATE)) yield* readList(visitor, similarTo(visitor, group), depth);
}

/** The page "more like this": half its neighbours, half what is popular in the leaf. */
export function similarTo(visitor: Visitor, group: number): Shown {
  const { shop, random } = visitor;
  const places = startList(shop.shelf);
  shop.shelf.placed[group] = shop.shelf.round;
  placeOf(shop.shelf, random, places, neighboursOf(shop.catalogue, group), STYLES);
  return { surface: "similar", list: "similar", places };
}

/** What completes a group. */
export function companionsOf(visitor: Visitor, group: number): Int32Array {
  return visitor.shop.catalogue.companions.subarray(group * COMPANIONS, (group + 1) * COMPANIONS);
}

/** Groups of a leaf, as a range. */
export function rangeOf(visitor: Visitor, leaf: number): { from: number; to: number } {
  const { leafStart } = visitor.shop.catalogue;
  return { from: leafStart[leaf] ?? 0, to: leafStart[leaf + 1] ?? 0 };
}

/** A page of a leaf's groups by the shop's old policy. */
export function pageOf(visitor: Visitor, leaf: number, count: number): Place[] {
  const places = startList(visitor.shop.shelf);
  placeFrom(visitor.shop.shelf, visitor.random, places, rangeOf(visitor, leaf), count);
  return places;
}
