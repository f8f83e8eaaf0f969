import type { Item } from "../collect/item.ts";
import type { Catalogue } from "./catalogue.ts";

/** What is asked of the catalogue; what is absent is not asked. */
export interface ItemSearch {
  /** Each of these words in id, group, title in either language, brand or category, in any case. */
  readonly text?: string | undefined;
  readonly category?: string | undefined;
  readonly brand?: string | undefined;
  /** Variants with or without stock; one whose stock is not told counts as in stock. */
  readonly stock?: "in" | "out" | undefined;
  readonly hidden?: boolean | undefined;
}

/**
 * Items that match, in the catalogue's order, from the `offset`-th match on. O(items): some 30 ms
 * for a hundred thousand.
 */
export function findItems(
  catalogue: Catalogue,
  search: ItemSearch,
  offset: number,
  limit: number,
): readonly Item[] {
  const words = (search.text ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found: Item[] = [];
  let skipped = 0;
  for (const group of catalogue.groups()) {
    for (const item of catalogue.variants(group)) {
      if (!matches(item, search) || !speaksOf(item, words)) continue;
      if (skipped++ < offset) continue;
      found.push(item);
      if (found.length === limit) return found;
    }
  }
  return found;
}

function matches(item: Item, { category, brand, stock, hidden }: ItemSearch): boolean {
  if (category !== undefined && !item.categories.includes(category)) return false;
  if (brand !== undefined && item.brand !== brand) return false;
  if (hidden !== undefined && item.hidden !== hidden) return false;
  return stock === undefined || (item.stock === 0) === (stock === "out");
}

function speaksOf(item: Item, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { en = "", zh = "" } = item.title;
  const parts = [item.item, item.group, en, zh, item.brand ?? "", ...item.categories];
  const text = parts.join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}
