import { join } from "node:path";
import type { TableRow, Tables } from "../../storage/tables.ts";
import type { Adapter, Part, PartBatch } from "../importing.ts";
import { toMinor } from "../money.ts";
import { type RowSays, runPart, type Values } from "./table-part.ts";

/**
 * Online Retail (UCI): the books of a British gift shop. An invoice is a purchase, one that begins
 * with C a refund, both in pence and with the invoice as order; more than 200 lines go on in a
 * second event of the same order. Guests have no shopper. Postage, fees, discounts and corrections
 * are no goods: they count in the value and stand in `properties.charges`. Rows that are no sale
 * are quarantined with the reason: negative prices and A-invoices (bad debt), negative quantities
 * outside refunds (stock written off), and guests' invoices in which nothing has a price (stock
 * found). Times carry no zone and are taken as UTC.
 * Source: Chen, Sain, Guo, J. Database Marketing 19(3), 2012; CC BY 4.0.
 */
export const onlineRetail: Adapter = {
  name: "online-retail",
  about: "Online Retail (UCI): 541,909 invoice lines of a British gift shop (CC BY 4.0)",
  async parts(tables, folder, batchRows) {
    const select =
      "InvoiceNo, StockCode, Quantity, epoch_ms(InvoiceDate) AS at, UnitPrice, CustomerID, Country";
    const source = { tables, folder, batchRows, file: "transactions.parquet", select };
    return [
      await stockPart(tables, folder, batchRows),
      await runPart("events", source, ({ InvoiceNo: invoice }) => invoice, invoiceEvents),
    ];
  },
};

const LINES_PER_EVENT = 200;

type Says = RowSays & { readonly row: TableRow };

function invoiceEvents(rows: readonly TableRow[]): readonly Says[] {
  const first = rows[0];
  if (first === undefined) return [];
  const isFound = first.values["CustomerID"] === null && rows.every(hasNoPrice);
  const refused: Says[] = [];
  const sold: TableRow[] = [];
  for (const row of rows) {
    const reason = refusalOf(row.values, isFound);
    if (reason === undefined) sold.push(row);
    else refused.push({ row, refused: reason });
  }
  const events: Says[] = [];
  for (let at = 0; at < sold.length; at += LINES_PER_EVENT) {
    const lines = sold.slice(at, at + LINES_PER_EVENT);
    const row = lines[0];
    if (row !== undefined) events.push({ row, event: orderEvent(row.values, lines) });
  }
  return [...refused, ...events];
}

function hasNoPrice({ values }: TableRow): boolean {
  return Number(values["UnitPrice"]) === 0;
}

function isRefund(values: Values): boolean {
  return String(values["InvoiceNo"]).startsWith("C");
}

function refusalOf(values: Values, isFound: boolean): string | undefined {
  if (String(values["InvoiceNo"]).startsWith("A")) return "a correction of debts, not a sale";
  if (Number(values["UnitPrice"]) < 0) return "a negative price";
  if (Number(values["Quantity"]) < 0 && !isRefund(values)) return "stock written off, not a sale";
  return isFound ? "an invoice without shopper or price: stock found, not a sale" : undefined;
}

function orderEvent(values: Values, rows: readonly TableRow[]): unknown {
  const { InvoiceNo: order, at, CustomerID: shopper, Country: country } = values;
  const lines = rows.map(({ values: line }) => lineOf(line));
  const charges = lines.filter(({ item }) => !isGoods(item));
  return {
    name: isRefund(values) ? "refund" : "purchase",
    ...(shopper === null ? {} : { shopper: String(shopper) }),
    at: Number(at),
    items: lines.filter(({ item }) => isGoods(item)),
    context: { order: String(order), country: String(country) },
    valueMinor: lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0),
    currency: "GBP",
    ...(charges.length === 0 ? {} : { properties: { charges } }),
  };
}

function lineOf(values: Values): { item: string; quantity: number; unitPriceMinor: number } {
  return {
    item: String(values["StockCode"]),
    quantity: Math.abs(Number(values["Quantity"])),
    unitPriceMinor: toMinor(Number(values["UnitPrice"]), "GBP"),
  };
}

/** Codes of goods and vouchers; the others are postage, fees, discounts, samples, corrections. */
function isGoods(code: string): boolean {
  return /^\d{5}[A-Za-z]*$|^DCGS|^gift_|^PADS$/.test(code);
}

interface Stock {
  line: number;
  readonly words: Map<string, number>;
  priceMinor: number | undefined;
}

/** Each stock code once: its commonest name and its latest price, both of sales. */
async function stockPart(tables: Tables, folder: string, batchRows: number): Promise<Part> {
  const path = join(folder, "transactions.parquet");
  const total = await tables.count(path, "parquet");
  return {
    name: "items",
    total,
    async *read(afterLine) {
      const stock = new Map<string, Stock>();
      const select = "StockCode, Description, Quantity, UnitPrice";
      const options = { format: "parquet", afterLine: 0, batch: batchRows, select } as const;
      for await (const { rows } of tables.read(path, options)) rows.forEach(noteInto(stock));
      if (afterLine < total) yield stockBatch(stock, total);
    },
  };
}

function noteInto(stock: Map<string, Stock>): (row: TableRow) => void {
  return ({ line, values }) => {
    const code = String(values["StockCode"]);
    if (!isGoods(code)) return;
    const one = stock.get(code) ?? { line, words: new Map(), priceMinor: undefined };
    stock.set(code, one);
    const { Description: words, UnitPrice: price, Quantity: quantity } = values;
    // Rows without a price carry notes ("damaged", "found") where goods have their name.
    if (Number(price) <= 0 || Number(quantity) <= 0) return;
    one.priceMinor = toMinor(Number(price), "GBP");
    if (typeof words === "string") one.words.set(words, (one.words.get(words) ?? 0) + 1);
  };
}

function stockBatch(stock: ReadonlyMap<string, Stock>, total: number): PartBatch {
  const items = [...stock].map(([item, { line, words, priceMinor }]) => {
    const [name] = [...words].reduce((best, one) => (one[1] > best[1] ? one : best), [item, 0]);
    const title = { en: name.trim() };
    const price = priceMinor === undefined ? {} : { priceMinor, currency: "GBP" };
    return { line, input: { item, title, ...price } };
  });
  return { items, events: [], bad: [], skipped: 0, rows: total, line: total };
}
