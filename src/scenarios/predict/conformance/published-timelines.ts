import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EventName, eventNames } from "../../../collect/event.ts";
import { sessionNumbers } from "../../../features/sessions.ts";
import type { Timelines } from "../../../features/timelines.ts";
import { fileTables } from "../../../storage/engines/file-tables.ts";
import type { Cell } from "../../../storage/tables.ts";

/** Published data sets as timelines, and timelines cut at a moment. */
export type Row = Readonly<Record<string, Cell>>;

const GAP_MS = 30 * 60_000;
const SECOND_MS = 1_000;

export async function rowsOf(path: string): Promise<Row[]> {
  const limits = { memoryMib: 1_024, threads: 2, maxLineBytes: 1_048_576, maxBadLines: 0 };
  const tables = fileTables({ ...limits, temporary: tmpdir() });
  const rows: Row[] = [];
  const read = tables.read(path, { format: "parquet", afterLine: 0, batch: 50_000 });
  for await (const batch of read) for (const { values } of batch.rows) rows.push(values);
  await tables.close();
  return rows;
}

interface Deed {
  readonly person: string;
  /** @unit epoch ms */
  readonly at: number;
  readonly name: EventName;
  readonly group: string;
  readonly pieces: number;
  readonly priceMinor: number;
  readonly paidMinor: number;
}

/** In order of person and time. O(n log n). */
function timelinesOf(deeds: readonly Deed[]): Timelines {
  const order = deeds.toSorted((a, b) => compare(a.person, b.person) || a.at - b.at);
  const persons: string[] = [];
  const groups = new Map<string, number>();
  const offsets: number[] = [];
  const rows = new Int32Array(order.length);
  order.forEach((deed, at) => {
    if (persons.at(-1) !== deed.person) {
      persons.push(deed.person);
      offsets.push(at);
    }
    rows[at] = persons.length - 1;
    if (!groups.has(deed.group)) groups.set(deed.group, groups.size);
  });
  const times = Float64Array.from(order, ({ at }) => at);
  const codes = new Int32Array(order.length).fill(-1);
  return {
    shop: "published",
    asOf: times.reduce((most, at) => Math.max(most, at), 0) + 1,
    persons,
    groups: [...groups.keys()],
    offsets: Int32Array.from([...offsets, order.length]),
    times,
    names: Uint8Array.from(order, ({ name }) => eventNames.indexOf(name)),
    surfaces: new Uint8Array(order.length),
    tokens: Int32Array.from(order, ({ group }) => groups.get(group) ?? -1),
    sessions: sessionNumbers({ persons: rows, times, codes }, GAP_MS),
    pieces: Float64Array.from(order, ({ pieces }) => pieces),
    priceMinor: Float64Array.from(order, ({ priceMinor }) => priceMinor),
    paidMinor: Float64Array.from(order, ({ paidMinor }) => paidMinor),
    currency: "EUR",
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** What lies before the moment; persons without anything are left out. O(n). */
export function timelinesBefore(whole: Timelines, asOf: number): Timelines {
  const kept = [...whole.times.keys()].filter((at) => (whole.times[at] as number) < asOf);
  const persons: string[] = [];
  const offsets: number[] = [];
  let next = 0;
  whole.persons.forEach((person, row) => {
    const start = next;
    while (next < kept.length && (kept[next] as number) < (whole.offsets[row + 1] as number))
      next++;
    if (next === start) return;
    persons.push(person);
    offsets.push(start);
  });
  const pick = (values: ArrayLike<number>): number[] => kept.map((at) => values[at] as number);
  return {
    ...whole,
    asOf,
    persons,
    offsets: Int32Array.from([...offsets, kept.length]),
    times: Float64Array.from(pick(whole.times)),
    names: Uint8Array.from(pick(whole.names)),
    surfaces: Uint8Array.from(pick(whole.surfaces)),
    tokens: Int32Array.from(pick(whole.tokens)),
    sessions: Int32Array.from(pick(whole.sessions)),
    pieces: Float64Array.from(pick(whole.pieces)),
    priceMinor: Float64Array.from(pick(whole.priceMinor)),
    paidMinor: Float64Array.from(pick(whole.paidMinor)),
  };
}

/** Every n-th person. */
function thinned(deeds: readonly Deed[], oneIn: number): Deed[] {
  const numbers = new Map<string, number>();
  for (const { person } of deeds) if (!numbers.has(person)) numbers.set(person, numbers.size);
  return deeds.filter(({ person }) => (numbers.get(person) ?? 0) % oneIn === 0);
}

/** Days with a purchase; the amount is what was paid that day. */
export async function cdnowTimelines(root: string, oneIn: number): Promise<Timelines> {
  const rows = await rowsOf(join(root, "cdnow", "transactions.parquet"));
  const deeds = rows.map((row): Deed => {
    const [pieces, paid] = [Number(row["num_cds"]), Math.round(100 * Number(row["amount_usd"]))];
    return {
      person: String(row["customer_id"]),
      at: Date.parse(String(row["date"])),
      name: "purchase",
      group: "cd",
      pieces,
      priceMinor: paid / Math.max(1, pieces),
      paidMinor: paid,
    };
  });
  return timelinesOf(thinned(deeds, oneIn));
}

/** Invoices of known customers as purchases, the first line's code for the group; without returns. */
export async function onlineRetailTimelines(root: string, oneIn: number): Promise<Timelines> {
  const rows = await rowsOf(join(root, "online-retail", "transactions.parquet"));
  const invoices = new Map<string, { -readonly [field in keyof Deed]: Deed[field] }>();
  for (const row of rows) {
    const [pieces, price] = [Number(row["Quantity"]), Number(row["UnitPrice"])];
    if (row["CustomerID"] === null || pieces <= 0 || price <= 0) continue;
    const id = String(row["InvoiceNo"]);
    const paid = Math.round(100 * pieces * price);
    const known = invoices.get(id);
    if (known !== undefined) {
      known.pieces += pieces;
      known.paidMinor += paid;
      known.priceMinor = known.paidMinor / known.pieces;
      continue;
    }
    invoices.set(id, {
      person: String(row["CustomerID"]),
      at: Number(row["InvoiceDate"]),
      name: "purchase",
      group: String(row["StockCode"]),
      pieces,
      priceMinor: paid / pieces,
      paidMinor: paid,
    });
  }
  return timelinesOf(thinned([...invoices.values()], oneIn));
}

const behaviours: Readonly<Record<string, EventName>> = {
  view: "item_view",
  cart: "cart_add",
  buy: "purchase",
};

/** Views, carts and purchases with a known time, of buyers; prices are not known. */
export async function retailrocketTimelines(root: string, oneIn: number): Promise<Timelines> {
  const rows = await rowsOf(join(root, "retailrocket-behaviour", "events.parquet"));
  const deeds = rows.flatMap((row): Deed[] => {
    const name = behaviours[String(row["behavior"])];
    if (name === undefined || row["timestamp"] === null || row["split"] === "test") return [];
    const at = Number(row["timestamp"]) * SECOND_MS;
    const group = String(row["item_id"]);
    const none = { pieces: 1, priceMinor: Number.NaN, paidMinor: 0 };
    return [{ person: String(row["user_id"]), at, name, group, ...none }];
  });
  return timelinesOf(thinned(deeds, oneIn));
}
