import type { Random } from "../tensor/random.ts";
import { companionsOf, look, pageOf, rangeOf, readList, similarTo } from "./browse.ts";
import { settle } from "./checkout.ts";
import { matchOf } from "./choice.ts";
import { groupId } from "./ids.ts";
import { DAY_MS, dayOfYear, seasonFactor } from "./rhythm.ts";
import { type Place, placeFrom, placeOf, startList } from "./shelf.ts";
import type { Shop } from "./shop.ts";
import type { Process } from "./timeline.ts";
import { enterAs, pause, say, signIn, today, type Visitor } from "./visitor.ts";
import { brands } from "./vocabulary/brands.ts";
import { say as inWords, leafIndex, leaves } from "./vocabulary/leaves.ts";
import { colours } from "./vocabulary/variants.ts";

const HOME_SIZE = 10;
const PAGE_SIZE = 16;
const SIGN_UP_RATE = 0.1;
const STAY_RATE = 0.68;
const CANDIDATES = 20;

/** What brings a shopper in: a leaf, perhaps a very group, and how much it means to buy. */
interface Purpose {
  readonly leaf: number;
  readonly group: number;
  readonly urge: number;
}

/** One visit from door to door. */
export function* visit(shop: Shop, index: number): Process {
  const visitor = enterAs(shop, index);
  const purpose = purposeOf(visitor);
  visitor.intent = purpose.leaf;
  greet(visitor);
  if (purpose.group >= 0) yield* goTo(visitor, purpose);
  else if (visitor.random.bernoulli(0.42)) yield* home(visitor);
  const pages = 1 + visitor.random.poisson(visitor.traits.patience);
  for (let page = 0; page < pages; page++) {
    yield* turnPage(visitor);
    drift(visitor);
  }
  yield* settle(visitor);
}

/** Unfinished business first: a cart left, a pack used up, a thing to complete; else a wish. */
function purposeOf(visitor: Visitor): Purpose {
  const { shop, random, traits } = visitor;
  const { people, catalogue } = shop;
  const index = traits.shopper;
  const left = people.left[index] ?? -1;
  const consumed = people.consumed[index] ?? -1;
  const bought = people.bought[index] ?? -1;
  const leafOf = (group: number): number => catalogue.leafOf[group] ?? 0;
  people.left[index] = -1;
  if (left >= 0 && random.bernoulli(0.35)) {
    const group = catalogue.groupOf[left] ?? 0;
    return { leaf: leafOf(group), group, urge: 4 };
  }
  const empty = shop.timeline.now >= (people.emptyAt[index] ?? 0) - 2 * DAY_MS;
  if (consumed >= 0 && empty && random.bernoulli(0.85)) {
    return { leaf: leafOf(consumed), group: consumed, urge: 9 };
  }
  if (bought >= 0 && random.bernoulli(0.55)) {
    if (random.bernoulli(0.5)) people.bought[index] = -1;
    const group = favourite(visitor, companionsOf(visitor, bought));
    if (group >= 0) return { leaf: leafOf(group), group, urge: 3 };
  }
  return { leaf: wish(visitor), group: -1, urge: 1 };
}

/** A leaf drawn by the shopper's affinity and the season. O(leaves). */
function wish(visitor: Visitor): number {
  const { affinity } = visitor.traits;
  const day = dayOfYear(visitor.shop.timeline.now);
  const running = new Float64Array(leaves.length);
  let sum = 0;
  leaves.forEach((leaf, l) => {
    sum += Math.exp(affinity[l] ?? 0) * seasonFactor(leaf, day);
    running[l] = sum;
  });
  return visitor.random.weighted(running);
}

/** The candidate that suits best, give or take a Gumbel whim: a logit choice. */
function favourite(visitor: Visitor, candidates: ArrayLike<number>): number {
  const { shop, traits, random } = visitor;
  const day = today(visitor);
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < candidates.length; i++) {
    const group = candidates[i] ?? -1;
    if (group < 0 || (shop.catalogue.launchDay[group] ?? -1) > day) continue;
    const worth = 1.4 * matchOf(shop.catalogue, traits, group) + gumbel(random);
    if (worth > most) {
      most = worth;
      best = group;
    }
  }
  return best;
}

function gumbel(random: Random): number {
  return -Math.log(random.exponential(1));
}

/** The first events: consent when it is asked, sign-in, the page landed on. */
function greet(visitor: Visitor): void {
  const { shop, traits, random } = visitor;
  const index = traits.shopper;
  if (shop.people.visits[index] === 1 && traits.consent !== undefined) {
    say(visitor, "consent", { surface: "other" }, {});
  }
  if (visitor.signedIn) return;
  const signsUp = shop.people.known[index] === 0 && random.bernoulli(SIGN_UP_RATE);
  if (traits.joins && signsUp) signIn(visitor);
}

/** Straight to a group: by a link or a bookmark. */
function* goTo(visitor: Visitor, purpose: Purpose): Process {
  const page = `/item/${groupId(purpose.group)}`;
  say(visitor, "page_view", { surface: "item", page, referrer: "direct" }, {});
  yield 800;
  yield* look(visitor, purpose.group, "direct", purpose.urge, 0);
}

/** The home page: popular lists, what is new, the promotion of the day. */
function* home(visitor: Visitor): Process {
  const { shop, random } = visitor;
  say(visitor, "page_view", { surface: "home", page: "/" }, {});
  yield pause(visitor, 3);
  const running = shop.prices.promotions.filter(
    ({ fromDay, toDay }) => fromDay <= today(visitor) && today(visitor) < toDay,
  );
  if (running.length > 0) yield* promotion(visitor, random.pick(running));
  const places = startList(shop.shelf);
  placeFrom(shop.shelf, random, places, { from: 0, to: shop.catalogue.groups }, HOME_SIZE);
  yield* readList(visitor, { surface: "home", list: "popular", places }, 0);
  if (!random.bernoulli(0.35)) return;
  const fresh = startList(shop.shelf);
  placeOf(shop.shelf, random, fresh, shop.shelf.recent.slice(-40), 8);
  yield* readList(visitor, { surface: "home", list: "new-arrivals", places: fresh }, 0);
}

/** A banner; who follows it comes to the leaf that is on sale. */
function* promotion(
  visitor: Visitor,
  promoted: { readonly id: string; readonly leaf: number },
): Process {
  const context = { surface: "home", campaign: promoted.id } as const;
  say(visitor, "promotion_view", context, {});
  yield pause(visitor, 2);
  const wanted = visitor.traits.affinity[promoted.leaf] ?? 0;
  if (!visitor.random.bernoulli(Math.min(0.5, 0.04 * Math.exp(0.6 * wanted)))) return;
  say(visitor, "promotion_click", context, {});
  yield pause(visitor, 2);
  visitor.intent = promoted.leaf;
  const places = pageOf(visitor, promoted.leaf, PAGE_SIZE);
  yield* readList(visitor, { surface: "category", list: promoted.id, places }, 0);
}

/** The next page: more like the last, a search, a category, or a find of its own. */
function* turnPage(visitor: Visitor): Process {
  const { random, intent, focus } = visitor;
  if (focus >= 0 && random.bernoulli(0.3)) {
    yield* readList(visitor, similarTo(visitor, focus), 0);
    return;
  }
  const u = random.uniform();
  if (u < 0.36) yield* search(visitor);
  else if (u < 0.74) yield* category(visitor, intent);
  else yield* discover(visitor);
}

function* category(visitor: Visitor, leaf: number): Process {
  const id = leaves[leaf]?.id ?? "";
  say(visitor, "page_view", { surface: "category", page: `/category/${id}` }, {});
  yield pause(visitor, 2);
  const places = pageOf(visitor, leaf, PAGE_SIZE);
  yield* readList(visitor, { surface: "category", list: `category:${id}`, places }, 0);
}

/** Comes upon a group outside any list: an advert, a friend, a shop window. */
function* discover(visitor: Visitor): Process {
  const { random, shop } = visitor;
  const { from, to } = rangeOf(visitor, visitor.intent);
  const candidates = Array.from({ length: CANDIDATES }, () => from + random.int(to - from));
  const group = favourite(visitor, candidates);
  if (group < 0) return;
  const referrer = random.pick(["social", "friend", "advert"]);
  const page = `/item/${groupId(group)}`;
  say(visitor, "page_view", { surface: "item", page, referrer }, {});
  yield 800;
  shop.shelf.placed[group] = 0;
  yield* look(visitor, group, "outside", 1.4, 0);
}

/** A search in the shopper's language: the leaf's words, often a brand, sometimes a colour. */
function* search(visitor: Visitor): Process {
  const { random, traits, intent, shop } = visitor;
  const leaf = leaves[intent];
  if (leaf === undefined) return;
  const words: string[] = [];
  const brand = random.bernoulli(0.4) ? likedBrand(visitor) : -1;
  const named = brands[brand];
  if (named !== undefined) words.push(traits.locale === "zh" ? named.zh : named.en.toLowerCase());
  const colour = colours[traits.palette[0] ?? 0];
  if (colour !== undefined && leaf.colours.includes(colour.id) && random.bernoulli(0.25)) {
    words.push(inWords(colour.name, traits.locale).toLowerCase());
  }
  words.push(inWords(random.pick(leaf.queries), traits.locale));
  const query = words.join(" ");
  say(visitor, "search", { surface: "search", query }, {});
  yield pause(visitor, 2);
  const places: Place[] = startList(shop.shelf);
  if (brand >= 0) placeOf(shop.shelf, random, places, ofBrand(visitor, brand), PAGE_SIZE);
  const range = rangeOf(visitor, intent);
  placeFrom(shop.shelf, random, places, range, PAGE_SIZE - places.length);
  yield* readList(visitor, { surface: "search", list: "search", places, query }, 0);
}

/** A trusted brand that sells in the department in mind, else that of the last view, else none. */
function likedBrand(visitor: Visitor): number {
  const department = leaves[visitor.intent]?.department;
  const last = visitor.focus < 0 ? -1 : (visitor.shop.catalogue.brandOf[visitor.focus] ?? -1);
  const sells = (b: number): boolean =>
    department !== undefined && brands[b]?.departments.includes(department) === true;
  return [...visitor.traits.favourites, last].find(sells) ?? -1;
}

function ofBrand(visitor: Visitor, brand: number): number[] {
  const { from, to } = rangeOf(visitor, visitor.intent);
  const found: number[] = [];
  for (let g = from; g < to; g++) if (visitor.shop.catalogue.brandOf[g] === brand) found.push(g);
  return found;
}

/** Mostly stays with the leaf in mind; else goes to what completes it, or to another wish. */
function drift(visitor: Visitor): void {
  const { random } = visitor;
  if (random.bernoulli(STAY_RATE)) return;
  const completes = leaves[visitor.intent]?.completes ?? [];
  const next = completes.length > 0 && random.bernoulli(0.5) ? random.pick(completes) : undefined;
  visitor.intent = next === undefined ? wish(visitor) : leafIndex(next);
  visitor.focus = -1;
}
