import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Csr } from "../../../algorithms/csr.ts";
import type { Sequences } from "../../../algorithms/sequences.ts";
import { type Bags, bagsOf } from "../../../algorithms/text.ts";
import { type Cases, historyOfCase, targetsOfCase } from "../../../features/cases.ts";
import { leaveOneOut } from "../../../features/splits.ts";
import { orderedSet } from "../../../scenarios/recommend/conformance/published-sets.ts";
import { fileTables } from "../../../storage/engines/file-tables.ts";
import type { RankQuestion } from "../rank.ts";

/**
 * A data set as the behaviour model is asked about it, leave-one-out: the last action of a shopper is the
 * test, the last but one tells when to stop.
 */
export interface AskedSet {
  readonly whole: Sequences;
  /** Knows neither the validation's targets nor the test's. */
  readonly train: Sequences;
  readonly trainAndValidation: Sequences;
  readonly validation: readonly RankQuestion[];
  readonly test: readonly RankQuestion[];
  /** What items say of themselves. */
  readonly bags: Csr;
  /** Names of the columns of the bags. */
  readonly features: readonly string[];
  readonly filterSeen: boolean;
}

/** Questions that decide when to stop, spread over the shoppers. */
const QUESTIONS_MOST = 4_000;

/** @shape bags rows = vocabulary */
export function askedSet(
  whole: Sequences,
  { bags, features }: Bags,
  filterSeen: boolean,
): AskedSet {
  const { train, trainAndValidation, validation, test } = leaveOneOut(whole);
  const every = Math.max(1, Math.floor(validation.count / QUESTIONS_MOST));
  return {
    whole,
    train,
    trainAndValidation,
    validation: questionsOf(validation).filter((_, at) => at % every === 0),
    test: questionsOf(test),
    bags,
    features,
    filterSeen,
  };
}

const questionsOf = (cases: Cases): RankQuestion[] =>
  Array.from({ length: cases.count }, (_, at) => ({
    history: historyOfCase(cases, at),
    target: targetsOfCase(cases, at)[0],
  }));

/** A published set of ordered actions without times. */
export async function publishedSet(
  root: string,
  name: string,
  rowsMost: number,
): Promise<AskedSet> {
  const { train, cases, filterSeen } = await orderedSet(root, name, rowsMost);
  return askedSet(cases.sequences, train, filterSeen);
}

/** How strong an action is, as the recommender weighs it. */
const strengths: Readonly<Record<string, number>> = { view: 1, cart: 3, buy: 5 };

/**
 * Views, carts and buys of a shop at their true seconds: which item comes next, by whatever action, among
 * all, seen ones too. The buys held out by the publisher have no time and are left out.
 */
export async function retailrocket(root: string, rowsMost: number): Promise<AskedSet> {
  const tables = fileTables({
    ...{ memoryMib: 1_024, threads: 2, temporary: tmpdir() },
    ...{ maxLineBytes: 1_048_576, maxBadLines: 0 },
  });
  const path = join(root, "retailrocket-behaviour", "events.parquet");
  const orderBy = "user_id, timestamp, item_id, behavior";
  const lists = new Map<number, { item: string; at: number; strength: number }[]>();
  for await (const { rows } of tables.read(path, {
    ...{ format: "parquet", afterLine: 0, batch: 50_000, orderBy },
  })) {
    for (const { values } of rows) {
      const [user, at] = [Number(values["user_id"]), values["timestamp"]];
      if (at === null || user > rowsMost) continue;
      const list = lists.get(user) ?? [];
      const strength = strengths[String(values["behavior"])] ?? 1;
      list.push({ item: String(values["item_id"]), at: 1_000 * Number(at), strength });
      lists.set(user, list);
    }
  }
  await tables.close();
  const all = [...lists.values()].flat();
  const numbers = new Map([...new Set(all.map(({ item }) => item))].map((item, at) => [item, at]));
  const offsets = new Int32Array(lists.size + 1);
  [...lists.values()].forEach((list, row) => {
    offsets[row + 1] = offsets[row] + list.length;
  });
  const whole = {
    rows: lists.size,
    vocabulary: numbers.size,
    offsets,
    tokens: Int32Array.from(all, ({ item }) => numbers.get(item) as number),
    times: Float64Array.from(all, ({ at }) => at),
    weights: Float32Array.from(all, ({ strength }) => strength),
  };
  return askedSet(whole, bagsOf([]), false);
}
