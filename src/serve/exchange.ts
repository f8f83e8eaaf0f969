import { Readable } from "node:stream";
import type { Platform } from "../platform.ts";
import { allItems } from "./catalogue.ts";
import { asLines } from "./http/ndjson.ts";

/** Rows per step of an export: what is held in memory for one that is read slowly. */
const EXPORT_BATCH = 500;

/** The whole log of a shop, one event a line, in the order of arrival. */
export function exportEvents({ storage }: Platform, shop: string): Readable {
  async function* bodies(): AsyncGenerator<string[]> {
    for await (const rows of storage.log.read(shop, { after: 0, batch: EXPORT_BATCH })) {
      yield rows.map((row) => row.body);
    }
  }
  return Readable.from(asLines(bodies()));
}

/** The whole catalogue of a shop, one item a line. */
export function exportItems(platform: Platform, shop: string): Readable {
  async function* texts(): AsyncGenerator<string[]> {
    for await (const items of allItems(platform, shop)) {
      yield items.map((item) => JSON.stringify(item));
    }
  }
  return Readable.from(asLines(texts()));
}
