import { tmpdir } from "node:os";
import { join } from "node:path";
import { bagsOf } from "../../../algorithms/text.ts";
import type { Item } from "../../../collect/item.ts";
import { type Cases, collectCases } from "../../../features/cases.ts";
import { featuresOf } from "../../../features/item-text.ts";
import { leaveOneOut } from "../../../features/splits.ts";
import { fileTables } from "../../../storage/engines/file-tables.ts";
import type { Cell } from "../../../storage/tables.ts";
import { cutFrame, type RecommendFrame } from "../learning/frame.ts";

/** A published data set as what is learned from and what is asked, by its published protocol. */
export interface PublishedSet {
  readonly train: RecommendFrame;
  readonly cases: Cases;
  readonly protocol: string;
  readonly filterSeen: boolean;
  /** Rows of the cases are sessions of unknown shoppers. */
  readonly bySession: boolean;
}

type Row = Readonly<Record<string, Cell>>;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export async function rowsOf(path: string, orderBy?: string): Promise<Row[]> {
  const tables = fileTables({
    memoryMib: 1_024,
    threads: 2,
    temporary: tmpdir(),
    maxLineBytes: 1_048_576,
    maxBadLines: 0,
  });
  const rows: Row[] = [];
  const options = { format: "parquet", afterLine: 0, batch: 50_000 } as const;
  const ordered = orderBy === undefined ? options : { ...options, orderBy };
  for await (const batch of tables.read(path, ordered)) {
    for (const { values } of batch.rows) rows.push(values);
  }
  await tables.close();
  return rows;
}

export interface Deed {
  readonly row: string;
  readonly item: string;
  readonly at: number;
  readonly session: string;
  readonly basket: string | null;
  /** How strong; 1 when absent. */
  readonly weight?: number;
}

/** Deeds of one row lie together, in order of time. */
export function frameOf(
  deeds: readonly Deed[],
  words: ReadonlyMap<string, readonly string[]>,
): RecommendFrame {
  const numbered = <T>(): ((name: T) => number) & { names: () => T[] } => {
    const ids = new Map<T, number>();
    const number = (name: T): number => {
      const id = ids.get(name) ?? ids.size;
      ids.set(name, id);
      return id;
    };
    return Object.assign(number, { names: () => [...ids.keys()] });
  };
  const [token, row, session, basket] = [
    numbered<string>(),
    numbered<string>(),
    numbered<string>(),
    numbered<string>(),
  ];
  const rowOf = deeds.map((deed) => row(deed.row));
  const tokens = Int32Array.from(deeds, (deed) => token(deed.item));
  for (const item of words.keys()) token(item);
  const groups = token.names();
  const offsets = new Int32Array(row.names().length + 1).fill(deeds.length);
  for (let at = deeds.length - 1; at >= 0; at--) offsets[rowOf[at] as number] = at;
  const { bags, features } = bagsOf(groups.map((group) => words.get(group) ?? []));
  const times = Float64Array.from(deeds, (deed) => deed.at);
  return {
    shop: "published",
    asOf: times.reduce((most, time) => Math.max(most, time), 0) + 1,
    groups,
    sequences: {
      rows: offsets.length - 1,
      vocabulary: groups.length,
      offsets,
      tokens,
      times,
      weights: Float32Array.from(deeds, ({ weight = 1 }) => weight),
    },
    sessions: Int32Array.from(deeds, (deed) => session(deed.session)),
    baskets: Int32Array.from(deeds, (deed) => (deed.basket === null ? -1 : basket(deed.basket))),
    bags,
    features,
    prices: {},
  };
}

/** Rows in order, the last of each the test; everything else is learned from. */
export async function orderedSet(
  root: string,
  name: string,
  rowsMost: number,
): Promise<PublishedSet> {
  const folder = join(root, name);
  const movies = name === "movielens-1m";
  const key = movies ? "movie_id" : "item_id";
  const all = await rowsOf(join(folder, "interactions.parquet"), "user_id, position");
  const deeds = all
    .filter((row) => row["position"] !== null && Number(row["user_id"]) <= rowsMost)
    .map(
      (row, at): Deed => ({
        row: String(row["user_id"]),
        item: String(row[key]),
        at: Number(row["position"]) * DAY_MS,
        session: String(at),
        basket: null,
      }),
    );
  const words = await wordsOf(join(folder, movies ? "movies.parquet" : "items.parquet"), key);
  const known = new Set(deeds.map((deed) => deed.item));
  const frame = frameOf(deeds, new Map([...words].filter(([item]) => known.has(item))));
  const { test, protocol } = leaveOneOut(frame.sequences);
  const hidden = new Uint8Array(deeds.length);
  for (const end of test.ends) hidden[end] = 1;
  const train = cutFrame(frame, frame.asOf, (place) => hidden[place] === 0);
  return { train, cases: test, protocol, filterSeen: true, bySession: false };
}

export async function wordsOf(path: string, key: string): Promise<Map<string, readonly string[]>> {
  const rows = await rowsOf(path);
  return new Map(rows.map((row) => [String(row[key]), featuresOf(itemOf(row), {})]));
}

const itemOf = (row: Row): Item => ({
  item: "",
  group: "",
  title: { en: String(row["keywords"] ?? row["title"] ?? "") },
  categories: [],
  attributes: { mark: String(row["attribute_ids"] ?? row["genres"] ?? "") },
  images: [],
  availability: "in_stock",
  hidden: false,
  createdAt: 0,
  updatedAt: 0,
});

/** Sessions of unknown persons; the published prefixes ask for the published targets. */
export async function sessionSet(root: string, rowsMost: number): Promise<PublishedSet> {
  const folder = join(root, "diginetica-sessions");
  const clicks = await rowsOf(join(folder, "train.parquet"), "session_id, position");
  const questions = (await rowsOf(join(folder, "test.parquet"))).slice(0, rowsMost);
  const learned = clicks.slice(0, rowsMost * 10);
  const deeds = learned.map((row): Deed => {
    const session = String(row["session_id"]);
    const minute = Number(row["session_id"]) + Number(row["position"]);
    return {
      row: session,
      item: String(row["item_id"]),
      at: minute * MINUTE_MS,
      session,
      basket: null,
    };
  });
  const now = deeds.reduce((most, { at }) => Math.max(most, at), 0) + MINUTE_MS;
  const asked = questions.flatMap((row, at) =>
    [...String(row["prefix"]).split(" "), String(row["target"])].map(
      (item, place): Deed => ({
        row: `asked ${at}`,
        item,
        at: now + place * MINUTE_MS,
        session: `asked ${at}`,
        basket: null,
      }),
    ),
  );
  const whole = frameOf([...deeds, ...asked], new Map());
  const train = cutFrame(whole, now, (place) => place < deeds.length);
  const cases = collectCases(whole.sequences);
  const { offsets } = whole.sequences;
  for (let row = whole.sequences.rows - questions.length; row < whole.sequences.rows; row++) {
    cases.addNext(row, offsets[row] as number, (offsets[row + 1] as number) - 1);
  }
  const protocol = "published prefixes and targets (SR-GNN lineage)";
  return { train, cases: cases.done(), protocol, filterSeen: false, bySession: true };
}

/** Orders in sequence; the published last order of each shopper is asked for. */
export async function basketSet(root: string, rowsMost: number): Promise<PublishedSet> {
  const rows = await rowsOf(join(root, "tafeng-baskets", "baskets.parquet"), "user_id, basket_no");
  const kept = rows.filter((row) => Number(row["user_id"]) <= rowsMost);
  const deeds = kept.map((row): Deed => {
    const basket = `${row["user_id"]}-${row["basket_no"]}`;
    return {
      row: String(row["user_id"]),
      item: String(row["product_id"]),
      at: Number(row["basket_no"]) * 7 * DAY_MS,
      session: basket,
      basket,
    };
  });
  const whole = frameOf(deeds, new Map());
  const isTest = kept.map((row) => row["split"] === "test");
  const { offsets, times, tokens } = whole.sequences;
  const cases = collectCases(whole.sequences);
  for (let row = 0; row < whole.sequences.rows; row++) {
    const [start, end] = [offsets[row] as number, offsets[row + 1] as number];
    let cut = start;
    while (cut < end && !isTest[cut]) cut++;
    if (cut === end || cut === start) continue;
    cases.add(row, start, cut, times[cut] as number, tokens.slice(cut, end));
  }
  const train = cutFrame(whole, whole.asOf, (place) => !isTest[place]);
  const protocol = "the published last basket of each shopper, all its products";
  return { train, cases: cases.done(), protocol, filterSeen: false, bySession: false };
}

const STRENGTHS: Readonly<Record<string, number>> = { view: 1, cart: 3, buy: 5 };
const STAY_MS = 30 * MINUTE_MS;

/**
 * Views, carts and purchases at their true seconds; of each buyer the purchase that the publisher held
 * out is asked for, of an item that they had not touched before. It has no time: it comes last.
 */
export async function purchaseSet(root: string, rowsMost: number): Promise<PublishedSet> {
  const path = join(root, "retailrocket-behaviour", "events.parquet");
  const all = await rowsOf(path, "user_id, split DESC, timestamp, behavior DESC, item_id");
  const rows = all.filter((row) => Number(row["user_id"]) <= rowsMost);
  const last = { user: "", at: 0, stay: 0 };
  const deeds = rows.map((row): Deed => {
    const user = String(row["user_id"]);
    const at = row["timestamp"] === null ? last.at + STAY_MS : 1_000 * Number(row["timestamp"]);
    const goesOn = user === last.user && at - last.at < STAY_MS;
    Object.assign(last, { user, at, stay: goesOn ? last.stay : last.stay + 1 });
    const behaviour = String(row["behavior"]);
    return {
      row: user,
      item: String(row["item_id"]),
      at,
      session: String(last.stay),
      basket: behaviour === "buy" ? String(last.stay) : null,
      weight: STRENGTHS[behaviour] ?? 1,
    };
  });
  const whole = frameOf(deeds, new Map());
  const isTest = rows.map((row) => row["split"] === "test");
  const { offsets } = whole.sequences;
  const cases = collectCases(whole.sequences);
  for (let row = 0; row < whole.sequences.rows; row++) {
    const end = (offsets[row + 1] as number) - 1;
    if (isTest[end]) cases.addNext(row, offsets[row] as number, end);
  }
  const train = cutFrame(whole, whole.asOf, (place) => !isTest[place]);
  const protocol = "the purchase held out of each buyer, of items they had not touched";
  return { train, cases: cases.done(), protocol, filterSeen: true, bySession: false };
}
