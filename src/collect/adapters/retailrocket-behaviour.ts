import type { TableRow } from "../../storage/tables.ts";
import type { Adapter } from "../importing.ts";
import { mentionedItems, type RowSays, runPart } from "./table-part.ts";

/**
 * RetailRocket, multi-behaviour subset: views, carts and buys of 2,174 buyers at their true
 * seconds. The one held-out buy of each shopper (`split` = test) has no published time: it stands
 * one hour after everything else of the shopper and says `split: "test"` in its properties.
 * Source: RetailRocket recommender system dataset, Kaggle 2016; subset of HKUDS SSLRec, 2024.
 */
export const retailrocketBehaviour: Adapter = {
  name: "retailrocket-behaviour",
  about: "RetailRocket: 75,374 views, 12,456 carts, 11,725 buys (non-commercial)",
  async parts(tables, folder, batchRows) {
    const source = { tables, folder, batchRows, file: "events.parquet" };
    return [
      await mentionedItems(
        source,
        ({ item_id: id }) => String(id),
        (id) => ({ item: id, title: { en: `Item ${id}` } }),
      ),
      await runPart("events", source, ({ user_id: shopper }) => shopper, shopperEvents),
    ];
  },
};

const names: Readonly<Record<string, string>> = {
  view: "item_view",
  cart: "cart_add",
  buy: "purchase",
};
const HOUR_S = 3_600;

/** All rows of one shopper: only together do they tell when the last of them happened. */
function shopperEvents(rows: readonly TableRow[]): (RowSays & { readonly row: TableRow })[] {
  let lastS = 0;
  for (const { values } of rows) lastS = Math.max(lastS, Number(values["timestamp"] ?? 0));
  return rows.map((row) => {
    const { user_id: shopper, item_id: item, behavior, timestamp, split } = row.values;
    const atS = timestamp === null ? lastS + HOUR_S : Number(timestamp);
    const event = {
      name: names[String(behavior)] ?? behavior,
      shopper: String(shopper),
      at: atS * 1_000,
      items: [{ item: String(item) }],
      properties: { split },
    };
    return { row, event };
  });
}
