import type { Quarantined } from "../collect/importing.ts";
import type { Platform } from "../platform.ts";
import type { Listed, Paged } from "./answers.ts";
import { readCursor, writeCursor } from "./http/cursor.ts";

export async function listQuarantined(
  { importer }: Platform,
  shop: string,
  { limit, cursor }: Paged,
): Promise<Listed<Quarantined>> {
  const list = `quarantine:${shop}`;
  const page = await importer.quarantined(shop, { limit, after: readCursor(list, cursor) });
  return { rows: page.rows, next: writeCursor(list, page.next) };
}
