import { askedPriceMinor, type Item, isOfferable } from "../../collect/item.ts";
import { type Locale, localText } from "../../schema.ts";
import { departments, type Pair } from "../../simulate/vocabulary/leaf.ts";
import { leaves } from "../../simulate/vocabulary/leaves.ts";
import { type Html, html } from "../pages/html.ts";
import type { ShopWords } from "./words.ts";

/** Small pieces that many pages share. */
export function money(locale: Locale, minor: number | undefined, currency = ""): string {
  if (minor === undefined || currency === "") return "";
  const format = new Intl.NumberFormat(locale === "zh" ? "zh-CN" : "en", {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
  });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** What is asked now, and what was asked before where it is on sale. */
export function priceOf(item: Item, locale: Locale, words: ShopWords): Html {
  const asked = askedPriceMinor(item);
  const now = money(locale, asked, item.currency);
  if (item.salePriceMinor === undefined || item.priceMinor === undefined) {
    return html`<span class="price">${now}</span>`;
  }
  const before = money(locale, item.priceMinor, item.currency);
  return html`<span class="price sale"><span class="hush">${words.now} </span>${now}
<s><span class="hush">${words.before} </span>${before}</s></span>`;
}

/** Only pictures that the page's policy lets in; others leave their place empty. */
export function picture(image: string | undefined, alt: string, size = 320): Html {
  if (image === undefined || !/^(\/|https:|data:image\/)/.test(image)) {
    return html`<span class="picture"></span>`;
  }
  return html`<img class="picture" src="${image}" alt="${alt}" width="${size}" height="${size}"
loading="${size > 320 ? "eager" : "lazy"}" decoding="async">`;
}

export const titleOf = (item: Item, locale: Locale): string => localText(item.title, locale);

/** How many may be bought now; nothing is promised beyond what is on the shelf. */
export function availableOf(item: Item | undefined, most: number): number {
  if (item === undefined || !isOfferable(item)) return 0;
  return Math.min(most, item.availability === "in_stock" ? (item.stock ?? most) : most);
}

export function stockWords(item: Item, words: ShopWords): Html {
  const left = availableOf(item, Number.POSITIVE_INFINITY);
  if (left === 0) return html`<span class="stock none">${words.soldOut}</span>`;
  if (left > FEW) return html`<span class="stock">${words.inStock}</span>`;
  return html`<span class="stock few">${words.onlyLeft(left)}</span>`;
}

const FEW = 5;

const names: ReadonlyMap<string, Pair> = new Map(
  [...Object.values(departments), ...leaves.map(({ name }) => name)].map((pair) => [pair[0], pair]),
);

/** A category in the reader's language; the catalogue holds its English name. */
export const categoryName = (category: string, locale: Locale): string =>
  (locale === "zh" ? names.get(category)?.[1] : undefined) ?? category;

export const slugOf = (category: string): string =>
  category
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");

/** An address of an item; `request` says in which list it was found. */
export const itemPath = (item: string, request?: string): string =>
  `/shop/item/${encodeURIComponent(item)}${request === undefined ? "" : `?from=${request}`}`;

export function stars(rating: number, label: string): Html {
  const full = Math.round(rating);
  return html`<span class="stars" role="img" aria-label="${label}">${"★".repeat(full)}<span
class="faint">${"★".repeat(5 - full)}</span></span>`;
}
