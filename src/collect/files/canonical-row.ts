import { gather, isPlainObject, type Plain } from "../bounded-json.ts";
import { toMinor } from "../money.ts";
import { present } from "../source-fields.ts";
import { contextFields } from "../take-event.ts";

/**
 * A flat row whose columns have our own names, as the event or item it says. Columns of the
 * context stand bare or as `context.query`; `item`, `quantity`, `unitPrice` … of one row are its
 * one item; amounts are decimals (`value`, `price`) or minor units (`valueMinor`, `priceMinor`).
 * Cells that are empty say nothing; a column with another name is passed on, to be kept.
 */
export interface RowOptions {
  /** Currency of amounts that name none. */
  readonly currency: string;
}

/** What a row is by the names of its columns. */
export function kindOfRow(row: Plain): "event" | "item" | undefined {
  if (given(row["name"])) return "event";
  const title = row["title"] ?? row["title.en"] ?? row["title.zh"];
  return given(row["item"]) && given(title) ? "item" : undefined;
}

type Cell = readonly [string, unknown];

const ids: ReadonlySet<string> = new Set(["eventId", "shopper", "anonymous", "session"]);
const lineColumns: ReadonlySet<string> = new Set([
  "item",
  "quantity",
  "unitPrice",
  "unitPriceMinor",
  "position",
  "propensity",
]);
/** Ours to decide, found in our own exports. */
const ours: ReadonlySet<string> = new Set(["shop", "receivedAt"]);

export function eventFromRow(row: Plain, options: RowOptions): Plain {
  const currency = textOf(row["currency"])?.toUpperCase();
  const unit = currency ?? options.currency;
  const parts: Record<Place, Cell[]> = { top: [], line: [], context: [] };
  for (const [column, cell] of Object.entries(row)) {
    if (!given(cell) || ours.has(column) || column === "items") continue;
    const place = placeOf(column);
    parts[place].push(cellOf[place](column, cell, unit));
  }
  const said = parsed(row["context"]);
  const context = [...Object.entries(isPlainObject(said) ? said : {}), ...parts.context];
  return present({
    ...gather(parts.top),
    items: parts.line.length === 0 ? parsed(row["items"]) : [gather(parts.line)],
    context: context.length === 0 ? said : gather(context),
    currency,
  });
}

type Place = "top" | "line" | "context";

function placeOf(column: string): Place {
  if (lineColumns.has(column)) return "line";
  return contextFields.has(contextName(column)) ? "context" : "top";
}

function contextName(column: string): string {
  return column.replace(/^context\./, "");
}

const cellOf: Readonly<Record<Place, (column: string, cell: unknown, unit: string) => Cell>> = {
  top: topCell,
  line: lineCell,
  context: (column, cell) => [contextName(column), contextCell(contextName(column), cell)],
};

function lineCell(column: string, cell: unknown, currency: string): Cell {
  if (column === "item") return [column, textOf(cell)];
  if (column === "unitPrice") return ["unitPriceMinor", toMinor(amountOf(cell), currency)];
  return [column, numberOf(cell)];
}

function contextCell(name: string, cell: unknown): unknown {
  if (name === "rating") return numberOf(cell);
  return name === "consent" ? parsed(cell) : textOf(cell);
}

function topCell(column: string, cell: unknown, currency: string): Cell {
  if (ids.has(column)) return [column, textOf(cell)];
  if (column === "at") return [column, momentOf(cell)];
  if (column === "value") return ["valueMinor", toMinor(amountOf(cell), currency)];
  if (column === "valueMinor") return [column, numberOf(cell)];
  return [column, column === "properties" ? parsed(cell) : jsonOf(cell)];
}

const money: Readonly<Record<string, string>> = {
  price: "priceMinor",
  salePrice: "salePriceMinor",
  cost: "costMinor",
};
const itemNumbers: ReadonlySet<string> = new Set([
  "priceMinor",
  "salePriceMinor",
  "costMinor",
  "stock",
]);
const itemTexts: ReadonlySet<string> = new Set([
  "item",
  "group",
  "brand",
  "seller",
  "supplier",
  "link",
  "availability",
]);

export function itemFromRow(row: Plain, options: RowOptions): Plain {
  const currency = textOf(row["currency"])?.toUpperCase();
  const unit = currency ?? options.currency;
  const fields: Cell[] = [];
  const nested = new Map<string, Cell[]>();
  for (const [column, cell] of Object.entries(row)) {
    if (!given(cell) || column === "updatedAt") continue;
    const [, part, name] = /^(title|description|attributes)\.(.+)$/.exec(column) ?? [];
    if (part === undefined || name === undefined) fields.push(itemCell(column, cell, unit));
    else nested.set(part, [...(nested.get(part) ?? []), [name, jsonOf(cell)]]);
  }
  for (const [part, cells] of nested) fields.push([part, gather(cells)]);
  return present({ ...gather(fields), currency });
}

function itemCell(column: string, cell: unknown, currency: string): Cell {
  const minor = Object.hasOwn(money, column) ? money[column] : undefined;
  if (minor !== undefined) return [minor, toMinor(amountOf(cell), currency)];
  if (itemTexts.has(column)) return [column, textOf(cell)];
  if (itemNumbers.has(column)) return [column, numberOf(cell)];
  if (column === "createdAt") return [column, momentOf(cell)];
  if (column === "hidden") return [column, truthOf(cell)];
  if (column === "categories") return [column, listOf(cell, />|\|/)];
  if (column === "images") return [column, listOf(cell, /[,\s]+(?=https?:|\/)/)];
  if (column === "title" || column === "description") return [column, wordsOf(cell)];
  return [column, column === "attributes" || column === "extra" ? parsed(cell) : jsonOf(cell)];
}

// Cells.

function given(cell: unknown): boolean {
  return cell !== undefined && cell !== null && cell !== "";
}

/** A cell as JSON has it: whole numbers of any size, dates as ISO text. */
export function jsonOf(cell: unknown): unknown {
  if (typeof cell === "bigint") {
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : String(cell);
  }
  return cell instanceof Date ? cell.toISOString() : cell;
}

function textOf(cell: unknown): string | undefined {
  if (!given(cell)) return undefined;
  const plain = jsonOf(cell);
  return typeof plain === "object" ? JSON.stringify(plain) : String(plain);
}

function wordsOf(cell: unknown): unknown {
  const plain = parsed(cell);
  return typeof plain === "object" ? plain : textOf(cell);
}

function amountOf(cell: unknown): unknown {
  return typeof cell === "bigint" ? Number(cell) : cell;
}

function numberOf(cell: unknown): unknown {
  const plain = jsonOf(cell);
  return typeof plain === "string" && plain.trim() !== "" ? Number(plain) : plain;
}

function truthOf(cell: unknown): unknown {
  if (cell === "true" || cell === "1" || cell === 1) return true;
  return cell === "false" || cell === "0" || cell === 0 ? false : jsonOf(cell);
}

function listOf(cell: unknown, separator: RegExp): unknown {
  const plain = parsed(cell);
  if (typeof plain !== "string") return plain;
  const parts = plain.split(separator).map((part) => part.trim());
  return parts.filter((part) => part !== "");
}

/** JSON written into a cell of a table; anything else as it is. */
function parsed(cell: unknown): unknown {
  if (typeof cell !== "string" || !/^\s*[[{]/.test(cell)) return jsonOf(cell);
  try {
    return JSON.parse(cell) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return cell;
    throw error;
  }
}

export type TimeUnit = "s" | "ms" | "us";
const perMs: Readonly<Record<TimeUnit, number>> = { s: 1_000, ms: 1, us: 0.001 };

/**
 * A moment in epoch milliseconds; NaN when it is none. A number without a unit is seconds below
 * 10^11 (the year 5138), milliseconds below 10^14, else microseconds. Text is ISO 8601, UTC where
 * it names no zone.
 */
export function momentOf(cell: unknown, unit?: TimeUnit): number {
  if (cell instanceof Date) return cell.getTime();
  const number = typeof cell === "string" && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell;
  if (typeof number === "bigint" || typeof number === "number") {
    return Math.floor(Number(number) * perMs[unit ?? unitOf(Number(number))]);
  }
  return typeof cell === "string" ? isoMoment(cell.trim()) : Number.NaN;
}

function unitOf(number: number): TimeUnit {
  if (number < 1e11) return "s";
  return number < 1e14 ? "ms" : "us";
}

function isoMoment(text: string): number {
  const full = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text);
  return Date.parse(full ? `${text.replace(" ", "T")}Z` : text);
}
