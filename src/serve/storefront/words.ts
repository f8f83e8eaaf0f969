import type { EventName } from "../../collect/event.ts";
import type { ChanceName, SegmentName } from "../../scenarios/predict/schema.ts";
import type { PartName } from "../../scenarios/recommend/schema.ts";

export const shelfNames = [
  "for_you",
  "category",
  "visit",
  "again",
  "popular",
  "similar",
  "together",
  "cart",
] as const;
export type ShelfName = (typeof shelfNames)[number];

export const sorts = ["best", "cheap", "dear", "new"] as const;
export type Sort = (typeof sorts)[number];

/** The words of the storefront, in both languages of the house. */
export interface ShopWords {
  readonly shop: string;
  readonly other: string;
  readonly skip: string;
  readonly departments: string;
  readonly find: string;
  readonly findHint: string;
  readonly cart: string;
  readonly you: string;
  readonly nobody: string;
  readonly beAnother: string;
  readonly claim: string;
  readonly claimNote: string;
  readonly shelves: Readonly<Record<ShelfName, string>>;
  readonly why: string;
  readonly sources: Readonly<Record<PartName, string>>;
  readonly model: string;
  readonly noModel: string;
  readonly rules: string;
  readonly noRules: string;
  readonly chance: string;
  readonly admin: string;
  readonly now: string;
  readonly before: string;
  readonly inStock: string;
  readonly soldOut: string;
  onlyLeft(count: number): string;
  readonly brand: string;
  readonly variants: string;
  readonly quantity: string;
  readonly add: string;
  readonly added: string;
  readonly like: string;
  readonly unlike: string;
  readonly details: string;
  readonly reviews: string;
  reviewsOf(count: number, mean: string): string;
  readonly noReviews: string;
  readonly writeReview: string;
  readonly rating: string;
  outOf(stars: number): string;
  readonly yourWords: string;
  readonly sendReview: string;
  readonly shopper: string;
  readonly results: string;
  count(count: number): string;
  foundFor(query: string): string;
  nothingFor(query: string): string;
  readonly nothing: string;
  readonly nothingNote: string;
  readonly didYouMean: string;
  readonly tryThese: string;
  readonly filter: string;
  readonly all: string;
  readonly category: string;
  readonly price: string;
  readonly sort: string;
  readonly sorts: Readonly<Record<Sort, string>>;
  readonly apply: string;
  readonly pages: string;
  readonly next: string;
  readonly previous: string;
  readonly cartEmpty: string;
  readonly cartEmptyNote: string;
  readonly keepLooking: string;
  readonly remove: string;
  readonly update: string;
  short(left: number): string;
  readonly goods: string;
  readonly delivery: string;
  readonly free: string;
  readonly total: string;
  readonly taxNote: string;
  readonly checkout: string;
  readonly payDemo: string;
  readonly pay: string;
  readonly thanks: string;
  thanksNote(order: string): string;
  readonly thanksLists: string;
  readonly noOrder: string;
  readonly who: string;
  readonly whoNote: string;
  readonly mine: string;
  readonly mineNote: string;
  readonly somebody: string;
  readonly somebodyNote: string;
  readonly be: string;
  readonly isYou: string;
  readonly lately: string;
  readonly personas: Readonly<Record<string, string>>;
  readonly live: string;
  readonly liveNote: string;
  readonly close: string;
  readonly eventsSeen: string;
  readonly eventsNone: string;
  readonly changes: string;
  readonly changesNone: string;
  readonly wasList: string;
  readonly isList: string;
  readonly state: string;
  readonly known: string;
  readonly interests: string;
  readonly interestsNone: string;
  readonly noPredict: string;
  readonly segment: string;
  readonly segments: Readonly<Record<SegmentName, string>>;
  readonly chances: Readonly<Record<ChanceName, string>>;
  readonly events: Readonly<Record<EventName, string>>;
  readonly changed: string;
  readonly footer: string;
  readonly footerLinks: readonly [admin: string, welcome: string, reference: string];
  readonly noShop: string;
  readonly noShopNote: string;
  readonly wrong: string;
  readonly home: string;
}
