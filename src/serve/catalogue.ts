import type { Collect, ItemsTaken } from "../collect/collect.ts";
import type { Item } from "../collect/item.ts";
import { ITEM } from "../collect/keep-items.ts";
import { problem } from "../errors.ts";
import { findItems, type ItemSearch } from "../features/find-items.ts";
import type { Platform } from "../platform.ts";
import type { Listed, Paged } from "./answers.ts";
import { pageAt, readCursor, readPlace, writeCursor } from "./http/cursor.ts";

export async function takeItems(
  collect: Collect,
  shop: string,
  body: unknown,
): Promise<ItemsTaken> {
  if (Array.isArray(body)) return await collect.items(shop, body);
  if (typeof body === "object" && body !== null && "items" in body && Array.isArray(body.items)) {
    return await collect.items(shop, body.items);
  }
  const taken = await collect.items(shop, [body]);
  const [rejected] = taken.rejected;
  if (rejected) throw problem(rejected.code, rejected.detail, { errors: rejected.errors });
  return taken;
}

export async function findItem(platform: Platform, shop: string, id: string): Promise<Item> {
  const item = (await platform.catalogues.of(shop)).item(id);
  if (!item) throw problem("unknown-item", `"${id}" is not in the catalogue`);
  return item;
}

/** A page of the catalogue: of all of it by id, of what matches by its place among the matches. */
export interface ItemQuery extends Paged, Omit<ItemSearch, "text"> {
  readonly q?: string | undefined;
}

export async function listItems(
  { storage, catalogues }: Platform,
  shop: string,
  { limit, cursor, q, ...asked }: ItemQuery,
): Promise<Listed<Item>> {
  const search: ItemSearch = { ...asked, text: q };
  if (Object.values(search).every((part) => part === undefined)) {
    const list = `items:${shop}`;
    const after = readCursor(list, cursor);
    const page = await storage.records.list<Item>(shop, ITEM, { limit, after });
    return { rows: page.rows.map((row) => row.value), next: writeCursor(list, page.next) };
  }
  const list = `items:${shop}:${JSON.stringify(search)}`;
  const offset = readPlace(list, cursor);
  const rows = findItems(await catalogues.of(shop), search, offset, limit + 1);
  return pageAt(list, rows, offset, limit);
}

/** Every item of a shop, in pages, for an export. */
export async function* allItems({ storage }: Platform, shop: string): AsyncGenerator<Item[]> {
  let after: string | undefined;
  do {
    const page = await storage.records.list<Item>(shop, ITEM, { limit: 500, after });
    yield page.rows.map((row) => row.value);
    after = page.next;
  } while (after !== undefined);
}
