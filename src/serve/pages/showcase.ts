import type { Catalogue } from "../../features/catalogue.ts";
import type { Platform } from "../../platform.ts";
import type { RecommendDecision } from "../../scenarios/recommend/schema.ts";
import type { Locale } from "../../schema.ts";
import { type ShopStatus, shopStatus } from "../shop-status.ts";

/** What the welcome page shows of a shop: how it stands, and what a few shoppers would be shown. */
export interface Showcase {
  readonly status: ShopStatus;
  readonly shoppers: readonly ShownShopper[];
  /** When it was gathered. @unit epoch ms */
  readonly at: number;
}

export interface ShownShopper {
  readonly shopper: string;
  readonly lately: readonly Looked[];
  readonly list: RecommendDecision;
}

export interface Looked {
  readonly item: string;
  readonly title: string;
  readonly image: string | undefined;
}

const SHOPPERS_SHOWN = 3;
const LATELY_SHOWN = 4;
const ITEMS_SHOWN = 5;
/** Newest rows of the log in which shoppers are looked for. */
const ROWS_LOOKED_AT = 4_000;

/** Reads what is public of a shop by the platform itself; nothing is recorded. */
export async function gatherShowcase(
  platform: Platform,
  shop: string,
  locale: Locale,
): Promise<Showcase> {
  const status = await shopStatus(platform, shop);
  const catalogue = await platform.catalogues.of(shop);
  const shoppers: ShownShopper[] = [];
  if (status.items > 0) {
    for (const [shopper, items] of await busyShoppers(platform, shop)) {
      const list = await homeOf(platform, shop, shopper, locale);
      shoppers.push({ shopper, lately: lookedAt(catalogue, items, locale), list });
    }
  }
  return { status, shoppers, at: platform.clock() };
}

const homeOf = (
  { recommend }: Platform,
  shop: string,
  shopper: string,
  locale: Locale,
): Promise<RecommendDecision> =>
  recommend.decide(shop, {
    surface: "home",
    shopper,
    items: [],
    limit: ITEMS_SHOWN,
    exclude: [],
    diversity: 0.2,
    personalise: true,
    locale,
    record: false,
  });

interface SentEvent {
  readonly shopper?: string;
  readonly items?: readonly { readonly item: string }[];
}

/** Known shoppers of the newest events, the busiest first, with the items they dealt with. */
async function busyShoppers(
  { storage }: Platform,
  shop: string,
): Promise<readonly (readonly [string, readonly string[]])[]> {
  const head = await storage.log.head(shop);
  const touched = new Map<string, Set<string>>();
  let rows = 0;
  const from = Math.max(0, head - ROWS_LOOKED_AT);
  for await (const batch of storage.log.read(shop, { after: from, batch: 1_000 })) {
    for (const row of batch) note(touched, JSON.parse(row.body) as SentEvent);
    rows += batch.length;
    if (rows >= ROWS_LOOKED_AT) break;
  }
  return [...touched]
    .sort((left, right) => right[1].size - left[1].size || (left[0] < right[0] ? -1 : 1))
    .slice(0, SHOPPERS_SHOWN)
    .map(([shopper, items]) => [shopper, [...items].reverse()] as const);
}

function note(touched: Map<string, Set<string>>, { shopper, items = [] }: SentEvent): void {
  if (shopper === undefined || items.length === 0) return;
  const seen = touched.get(shopper) ?? new Set();
  touched.set(shopper, seen);
  for (const { item } of items) {
    seen.delete(item);
    seen.add(item);
  }
}

function lookedAt(catalogue: Catalogue, items: readonly string[], locale: Locale): Looked[] {
  const groups = new Map<string, Looked>();
  for (const id of items) {
    const item = catalogue.item(id);
    if (!item || groups.has(item.group)) continue;
    const title = item.title[locale] ?? item.title.en ?? item.title.zh ?? id;
    groups.set(item.group, { item: id, title, image: item.images[0] });
    if (groups.size === LATELY_SHOWN) break;
  }
  return [...groups.values()];
}
