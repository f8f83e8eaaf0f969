import type { TableRow } from "../../storage/tables.ts";
import type { Adapter } from "../importing.ts";
import { basketMoment } from "./invented-time.ts";
import { mentionedItems, type RowSays, runPart } from "./table-part.ts";

/**
 * Ta-Feng grocery baskets: every basket is a purchase, its order named "shopper-basket". Moments
 * are invented, one week apart. The last basket of a shopper is the published test
 * (`properties.split` = test); prices and quantities are not published.
 * Source: Ta-Feng (ACM RecSys wiki); preprocessing of Li et al., ACM TOIS 2023.
 */
export const tafengBaskets: Adapter = {
  name: "tafeng-baskets",
  about: "Ta-Feng groceries: 91,227 baskets of 13,858 shoppers (research only)",
  async parts(tables, folder, batchRows) {
    const source = { tables, folder, batchRows, file: "baskets.parquet" };
    return [
      await mentionedItems(
        source,
        ({ product_id: id }) => String(id),
        (id) => ({ item: id, title: { en: `Product ${id}` } }),
      ),
      await runPart(
        "events",
        source,
        ({ user_id: shopper, basket_no: basket }) => `${shopper}-${basket}`,
        purchase,
      ),
    ];
  },
};

function purchase(rows: readonly TableRow[]): readonly (RowSays & { readonly row: TableRow })[] {
  const row = rows[0];
  if (row === undefined) return [];
  const { user_id: shopper, basket_no: basket, split } = row.values;
  const event = {
    name: "purchase",
    shopper: String(shopper),
    at: basketMoment(Number(basket)),
    items: rows.map(({ values }) => ({ item: String(values["product_id"]) })),
    context: { order: `${shopper}-${basket}` },
    properties: { split },
  };
  return [{ row, event }];
}
