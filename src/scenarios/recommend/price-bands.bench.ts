import { join } from "node:path";
import type { BenchRun } from "../../../scripts/bench.ts";
import { fitContentKnn } from "../../algorithms/content-knn.ts";
import type { Csr } from "../../algorithms/csr.ts";
import { addNeighboursInto } from "../../algorithms/neighbours.ts";
import { defaultTelling, tellingWeights } from "../../algorithms/telling.ts";
import type { Item } from "../../collect/item.ts";
import { featuresOf, type PriceBands, priceBandsOf } from "../../features/item-text.ts";
import { askedSet } from "../../model/behaviour/conformance/asked-sets.ts";
import {
  drawCold,
  historiesWithout,
  withoutItems,
} from "../../model/behaviour/conformance/cold-items.ts";
import { tokensOf } from "../../model/behaviour/context.ts";
import { type Hits, hitsOf, type RankQuestion, rankOf } from "../../model/behaviour/rank.ts";
import { type Deed, frameOf, rowsOf } from "./conformance/published-sets.ts";
import type { RecommendFrame } from "./learning/frame.ts";

/**
 * Whether the band of its price belongs to what an item says of itself: purchases of Online Retail's known
 * customers, names of things and their median price, leave-one-out, what was seen filtered. A tenth of the
 * items is hidden from what is learned; they, and the others, are found by likeness as histories tell it,
 * with the band and without. One draw of the hidden for each seed.
 */
const SEEDS = [1, 2, 3];
const COLD_SHARE = 0.1;
const K = 10;
const TINY_ROWS = 3_000;
const ALIKE = {
  keep: 1_000,
  maxShare: 1,
  attention: { places: 20, power: 1, halfLifeMs: Number.POSITIVE_INFINITY },
};

export async function bench(run: BenchRun): Promise<unknown> {
  const { deeds, items } = await read(run);
  const found: Record<string, unknown> = {};
  const ways = { withoutBand: {}, withBand: priceBandsOf(items.values()) };
  for (const [way, prices] of Object.entries(ways)) {
    const frame = frameOf(deeds, saidBy(items, prices));
    const runs = SEEDS.slice(0, run.tiny ? 1 : SEEDS.length).map((seed) => ({
      seed,
      ...hitsOfDraw(frame, seed),
    }));
    found[way] = { meanNdcg: { cold: meanOf(runs, "cold"), warm: meanOf(runs, "warm") }, runs };
    run.note(`${way}: ${JSON.stringify(found[way])}`);
  }
  const protocol = "leave-one-out, the whole catalogue ranked, what was seen filtered, NDCG@10";
  return { data: "online-retail", protocol, coldShare: COLD_SHARE, ...found };
}

/** Purchases in order, and each thing as the catalogue would have it. */
async function read({ dataRoot, tiny }: BenchRun) {
  const path = join(dataRoot, "online-retail", "transactions.parquet");
  const all = await rowsOf(path, "CustomerID, InvoiceDate, StockCode");
  const bought = all.filter(
    (row) =>
      row["CustomerID"] !== null && Number(row["Quantity"]) > 0 && Number(row["UnitPrice"]) > 0,
  );
  const rows = tiny ? bought.slice(0, TINY_ROWS) : bought;
  const prices = new Map<string, number[]>();
  const names = new Map<string, string>();
  for (const row of rows) {
    const code = String(row["StockCode"]);
    if (!names.has(code)) names.set(code, String(row["Description"] ?? ""));
    const paid = prices.get(code) ?? [];
    prices.set(code, paid);
    paid.push(Math.round(100 * Number(row["UnitPrice"])));
  }
  const items = new Map([...names].map(([code, en]) => [code, itemOf(code, en, prices)]));
  const deeds = rows.map(
    (row): Deed => ({
      row: String(row["CustomerID"]),
      item: String(row["StockCode"]),
      at: Number(row["InvoiceDate"]),
      session: String(row["InvoiceNo"]),
      basket: String(row["InvoiceNo"]),
    }),
  );
  return { deeds, items };
}

function itemOf(code: string, en: string, prices: ReadonlyMap<string, readonly number[]>): Item {
  const paid = (prices.get(code) ?? []).toSorted((a, b) => a - b);
  return {
    ...{ item: code, group: code, title: { en }, categories: [], attributes: {}, images: [] },
    ...{ availability: "in_stock", hidden: false, createdAt: 0, updatedAt: 0 },
    ...{ priceMinor: paid[paid.length >> 1], currency: "GBP" },
  };
}

const saidBy = (
  items: ReadonlyMap<string, Item>,
  prices: PriceBands,
): ReadonlyMap<string, readonly string[]> =>
  new Map([...items].map(([code, item]) => [code, featuresOf(item, prices)]));

/** NDCG of those that were hidden, and of the others, among all. */
function hitsOfDraw(frame: RecommendFrame, seed: number): { cold: Hits; warm: Hits } {
  const whole = askedSet(frame.sequences, frame, true);
  const cold = drawCold(frame.groups.length, COLD_SHARE, seed);
  const known = askedSet(withoutItems(whole.whole, cold), frame, true);
  const asked = historiesWithout(whole.test, cold);
  const ask = likenessIn(frame.bags, tellingWeights(frame.bags, known.train, defaultTelling));
  return {
    cold: ask(asked.filter(({ target }) => cold[target] === 1)),
    warm: ask(asked.filter(({ target }) => cold[target] === 0)),
  };
}

function likenessIn(
  bags: Csr,
  telling: Float32Array,
): (questions: readonly RankQuestion[]) => Hits {
  const { neighbours, attention } = fitContentKnn(bags, ALIKE, telling);
  const scores = new Float32Array(bags.rows);
  return (questions) => {
    const ranks = questions.map((question) => {
      const tokens = tokensOf(question.history);
      const evenly = { times: new Float64Array(tokens.length), now: 0 };
      const weights = new Float32Array(tokens.length).fill(1);
      scores.fill(0);
      addNeighboursInto(neighbours, attention, { tokens, weights, ...evenly }, scores);
      return rankOf(scores, question, { filterSeen: true, among: undefined });
    });
    return hitsOf(ranks, K);
  };
}

const meanOf = (runs: readonly { cold: Hits; warm: Hits }[], of: "cold" | "warm"): number =>
  Number((runs.reduce((sum, run) => sum + run[of].ndcg, 0) / runs.length).toFixed(4));
