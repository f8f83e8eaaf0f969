import type { EventItem } from "../collect/event.ts";
import type { Random } from "../tensor/random.ts";
import { companionsOf, readList } from "./browse.ts";
import { matchOf, REMOVAL_RATE } from "./choice.ts";
import { shortId } from "./event-id.ts";
import { DAY_MS } from "./rhythm.ts";
import { placeOf, startList, warm } from "./shelf.ts";
import { noteSale, putBack, take } from "./supply.ts";
import type { Process } from "./timeline.ts";
import { CURRENCY, type Line, lineOf, pause, say, signIn, today, type Visitor } from "./visitor.ts";
import { say as inWords, leaves } from "./vocabulary/leaves.ts";
import { reviewTexts } from "./vocabulary/phrases.ts";

const CART_LIST_RATE = 0.5;
const REVIEW_RATE = 0.22;
const PURCHASE_WARMTH = 6;

/** The end of a visit: the cart is looked over, and bought or left. */
export function* settle(visitor: Visitor): Process {
  const { shop, random, traits, cart } = visitor;
  if (cart.length === 0) return;
  say(visitor, "cart_view", { surface: "cart" }, { items: linesOf(visitor), currency: CURRENCY });
  yield pause(visitor, 8);
  if (random.bernoulli(CART_LIST_RATE)) yield* offerInCart(visitor);
  for (const line of [...cart]) {
    if (!random.bernoulli(REMOVAL_RATE)) continue;
    drop(visitor, line, "second thoughts");
    yield pause(visitor, 4);
  }
  const index = traits.shopper;
  const first = cart[0];
  if (first === undefined) return;
  if (!random.bernoulli(traits.segment.checkoutRate)) {
    shop.people.left[index] = first.variant;
    return;
  }
  yield* checkOut(visitor);
}

function linesOf(visitor: Visitor): EventItem[] {
  return visitor.cart.map((line) => lineOf(visitor, line));
}

function* offerInCart(visitor: Visitor): Process {
  const { shop, random, cart } = visitor;
  const group = shop.catalogue.groupOf[cart[0]?.variant ?? 0] ?? 0;
  const places = startList(shop.shelf);
  placeOf(shop.shelf, random, places, companionsOf(visitor, group), 4);
  yield* readList(visitor, { surface: "cart", list: "cart-extras", places }, 1);
}

function drop(visitor: Visitor, line: Line, reason: string): void {
  visitor.cart.splice(visitor.cart.indexOf(line), 1);
  const said = { items: [lineOf(visitor, line)], currency: CURRENCY, properties: { reason } };
  say(visitor, "cart_remove", { surface: "cart" }, said);
}

/** Checkout: stock is set aside first, so what is paid for is there. */
function* checkOut(visitor: Visitor): Process {
  const { shop, random, traits, cart } = visitor;
  for (const line of [...cart]) {
    if (take(shop.supply, line.variant, line.quantity)) continue;
    const cell = today(visitor) * shop.catalogue.variants + line.variant;
    shop.ledger.lost[cell] = (shop.ledger.lost[cell] ?? 0) + line.quantity * traits.segment.payRate;
    drop(visitor, line, "out of stock");
  }
  if (cart.length === 0) return;
  if (!visitor.signedIn && traits.joins) signIn(visitor);
  const items = linesOf(visitor);
  const valueMinor = worth(items);
  const said = { items, valueMinor, currency: CURRENCY };
  say(visitor, "checkout_start", { surface: "checkout" }, said);
  yield pause(visitor, 45);
  if (!random.bernoulli(traits.segment.payRate)) {
    for (const line of cart) putBack(shop.supply, line.variant, line.quantity);
    shop.people.left[traits.shopper] = cart[0]?.variant ?? -1;
    return;
  }
  const order = `o-${shortId(visitor.ids)}`;
  say(visitor, "purchase", { surface: "checkout", order }, said);
  for (const line of cart) remember(visitor, line);
  judge(visitor, order, items);
}

function worth(items: readonly EventItem[]): number {
  return items.reduce((sum, item) => sum + (item.unitPriceMinor ?? 0) * (item.quantity ?? 1), 0);
}

/** What a purchase leaves in the shop's shelves and in the shopper's head. */
function remember(visitor: Visitor, line: Line): void {
  const { shop, random, traits } = visitor;
  const { people, catalogue } = shop;
  const group = catalogue.groupOf[line.variant] ?? 0;
  const leaf = leaves[catalogue.leafOf[group] ?? 0];
  noteSale(shop.supply, line.variant, line.quantity);
  warm(shop.shelf, group, PURCHASE_WARMTH);
  if ((leaf?.completes.length ?? 0) > 0) people.bought[traits.shopper] = group;
  if (leaf === undefined || leaf.rebuyDays === 0) return;
  const days = leaf.rebuyDays * line.quantity * random.gamma(16, 1 / 16);
  people.consumed[traits.shopper] = group;
  people.emptyAt[traits.shopper] = shop.timeline.now + days * DAY_MS;
}

/** A verdict that will be spoken: when, on which line, and what. */
interface Verdict {
  readonly at: number;
  readonly line: Line;
  readonly item: EventItem;
  readonly match: number;
  readonly returns: boolean;
}

/** Decides at once what will become of each line, so that only those who will speak wait to. */
function judge(visitor: Visitor, order: string, items: readonly EventItem[]): void {
  const { shop, traits, cart } = visitor;
  const random = visitor.random.split("after");
  const verdicts: Verdict[] = [];
  let at = shop.timeline.now + DAY_MS * (2 + 3 * random.uniform());
  for (let i = 0; i < cart.length; i++) {
    at += DAY_MS * (1 + 8 * random.uniform());
    const line = cart[i];
    const item = items[i];
    if (line === undefined || item === undefined) continue;
    const group = shop.catalogue.groupOf[line.variant] ?? 0;
    const match = matchOf(shop.catalogue, traits, group);
    const rate = leaves[shop.catalogue.leafOf[group] ?? 0]?.returnRate ?? 0;
    const returns = random.bernoulli(Math.min(0.6, rate * Math.exp(-0.4 * match)));
    const speaks = returns || random.bernoulli(REVIEW_RATE);
    if (speaks && at < silentFrom(visitor)) verdicts.push({ at, line, item, match, returns });
  }
  if (verdicts.length === 0) return;
  shop.timeline.schedule(shop.timeline.now, afterOrder(visitor, order, verdicts, random));
}

/** From here on nothing is heard of the shopper, whether it left or the time is up. */
function silentFrom({ shop, traits }: Visitor): number {
  return Math.min(shop.people.churnsAt[traits.shopper] ?? 0, shop.endAt) - 1000;
}

/** Days to weeks later: returns and reviews. */
function* afterOrder(
  visitor: Visitor,
  order: string,
  verdicts: readonly Verdict[],
  random: Random,
): Process {
  for (const verdict of verdicts) {
    yield verdict.at - visitor.shop.timeline.now;
    if (verdict.returns) giveBack(visitor, order, verdict);
    else review(visitor, order, verdict, random);
  }
}

function giveBack(visitor: Visitor, order: string, { line, item }: Verdict): void {
  const { catalogue, supply } = visitor.shop;
  const said = { items: [item], valueMinor: worth([item]), currency: CURRENCY };
  say(visitor, "refund", { surface: "other", order }, said);
  const leaf = leaves[catalogue.leafOf[catalogue.groupOf[line.variant] ?? 0] ?? 0];
  if (leaf?.rebuyDays === 0) putBack(supply, line.variant, line.quantity);
}

/** Stars follow the true match: 3.7 + 0.7 match + noise, within 1 to 5. */
function review(visitor: Visitor, order: string, verdict: Verdict, random: Random): void {
  const liked = 3.7 + 0.7 * verdict.match + 0.7 * random.normal();
  const rating = Math.max(1, Math.min(5, Math.round(liked)));
  const text = inWords(random.pick(reviewTexts[rating - 1] ?? []), visitor.traits.locale);
  const context = { surface: "email", order, rating, text } as const;
  say(visitor, "review", context, { items: [{ item: verdict.item.item }] });
}
