import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileTables } from "../storage/engines/file-tables.ts";
import type { Cell } from "../storage/tables.ts";
import { type Matmul, openMatmul } from "../tensor/matmul.ts";
import { createRandom } from "../tensor/random.ts";
import { createAlsScratch, defaultAls, fitAls, scoreAlsInto } from "./als.ts";
import {
  type BlendModel,
  blendCase,
  blendInto,
  blendWeights,
  defaultBlend,
  fitBlend,
  scaleScores,
} from "./blend.ts";
import { defaultContentKnn, fitContentKnn, scoreContentKnnInto } from "./content-knn.ts";
import type { Csr } from "./csr.ts";
import { defaultEase, fitEase, scoreEaseInto } from "./ease.ts";
import { defaultItemKnn, fitItemKnn, scoreItemKnnInto, setItemKnn } from "./item-knn.ts";
import {
  defaultMarkov,
  fitMarkov,
  type MarkovModel,
  plainMarkov,
  scoreMarkovInto,
} from "./markov.ts";
import { fitPopularity, scorePopularityInto } from "./popularity.ts";
import { defaultRepeat, fitRepeat, scoreRepeatInto } from "./repeat.ts";
import { type History, historyOf, type Sequences, sequencesOf } from "./sequences.ts";
import {
  createSessionKnnScratch,
  defaultSessionKnn,
  fitSessionKnn,
  scoreSessionKnnInto,
  shopperSessionKnn,
} from "./session-knn.ts";
import { bagsOf, characterPairs, wordsOf } from "./text.ts";
import { createTopK, nothingMasked, topKInto } from "./top-k.ts";

/**
 * Every method on real data, with its default parameters, and the blend of all.
 *
 * Leave-one-out (movielens-1m, amazon-beauty, amazon-sports): the last token of a row is the test,
 * the one before the validation; all tokens are ranked, those in the row are left out; equal scores
 * rank the lower token first. Weights of the blend are tuned with methods fitted without the last
 * two tokens of each row, on the validation tokens; then everything is fitted again without the
 * last token alone, and asked with the row up to it. (Published neural figures mostly leave the
 * validation tokens out of the fit; the Markov reference figures do not.)
 * Sessions (diginetica-sessions): the given prefixes and targets, seen tokens stay in.
 * Baskets (tafeng-baskets): the last basket of a row is the test, seen tokens stay in.
 */
interface BenchRun {
  readonly tiny: boolean;
  readonly dataRoot: string;
  note(line: string): void;
}

type Score = (history: History, out: Float32Array) => void;
type Fitted = Readonly<Record<string, { readonly score: Score; readonly fitSeconds: number }>>;

const forever = Number.POSITIVE_INFINITY;
const threads = Math.min(2, availableParallelism());
const seed = 1;

export async function bench(run: BenchRun): Promise<unknown> {
  const matmul = openMatmul({ threads });
  const results: Record<string, unknown> = { threads, seed };
  const sets = run.tiny ? ["movielens-1m"] : ["movielens-1m", "amazon-beauty", "amazon-sports"];
  for (const name of sets) results[name] = await leaveOneOut(run, name, matmul);
  if (!run.tiny) results["diginetica-sessions"] = await sessions(run);
  if (!run.tiny) results["tafeng-baskets"] = await baskets(run);
  results["times"] = await times(run, matmul);
  await matmul.close();
  return results;
}

// ---- reading

/** The named columns of a Parquet file, in the given order of rows. */
async function columnsOf(
  path: string,
  names: readonly string[],
  orderBy?: string,
): Promise<Cell[][]> {
  const limits = { memoryMib: 1024, threads, maxLineBytes: 2 ** 20, maxBadLines: 0 };
  const tables = fileTables({ ...limits, temporary: tmpdir() });
  const columns: Cell[][] = names.map(() => []);
  const order = orderBy === undefined ? {} : { orderBy };
  const how = { format: "parquet", afterLine: 0, batch: 10_000, select: names.join(", ") } as const;
  try {
    for await (const { rows } of tables.read(path, { ...how, ...order })) {
      for (const { values } of rows) {
        names.forEach((name, at) => {
          columns[at].push(values[name]);
        });
      }
    }
  } finally {
    await tables.close();
  }
  return columns;
}

/** Consecutive equal keys make a row. */
function grouped(keys: readonly number[], values: readonly number[]): number[][] {
  const rows: number[][] = [];
  keys.forEach((key, at) => {
    if (at === 0 || key !== keys[at - 1]) rows.push([]);
    rows.at(-1)?.push(values[at]);
  });
  return rows;
}

interface Log {
  readonly rows: readonly (readonly number[])[];
  readonly vocabulary: number;
  readonly bags: Csr;
}

async function readLog(run: BenchRun, name: string): Promise<Log> {
  const folder = join(run.dataRoot, name);
  const movies = name === "movielens-1m";
  const token = movies ? "movie_id" : "item_id";
  const read = await columnsOf(
    join(folder, "interactions.parquet"),
    ["user_id", token, "position"],
    "user_id, position",
  );
  const known = read[2].map((position) => position !== null);
  const [keys, items] = read.map((column) => column.filter((_, at) => known[at])) as number[][];
  const all = grouped(keys, items);
  const lists = run.tiny ? all.slice(0, 100) : all;
  const names = [...new Set(lists.flat())].sort((a, b) => a - b);
  const ids = new Map(names.map((item, id) => [item, id]));
  const rows = lists.map((list) => list.map((item) => ids.get(item) ?? -1));
  const [textIds, words, attributes] = movies
    ? await columnsOf(join(folder, "movies.parquet"), ["movie_id", "title", "genres"])
    : await columnsOf(join(folder, "items.parquet"), ["item_id", "keywords", "attribute_ids"]);
  const features = new Map(
    (textIds as number[]).map((id, at) => {
      const marks = ((attributes[at] as string | null) ?? "").split("|").map((mark) => `=${mark}`);
      return [id, [...wordsOf((words[at] as string | null) ?? "", characterPairs), ...marks]];
    }),
  );
  const { bags } = bagsOf(names.map((item) => features.get(item) ?? []));
  return { rows, vocabulary: names.length, bags };
}

// ---- fitting

async function fitted(
  sequences: Sequences,
  bags: Csr,
  matmul: Matmul,
  note: (line: string) => void,
): Promise<Fitted> {
  const methods: Record<string, { score: Score; fitSeconds: number }> = {};
  const add = async (name: string, learn: () => Promise<Score> | Score): Promise<void> => {
    const started = performance.now();
    const score = await learn();
    methods[name] = { score, fitSeconds: round((performance.now() - started) / 1000, 2) };
    note(`fitted ${name} in ${methods[name].fitSeconds} s`);
  };
  await add("popularity", () => {
    const model = fitPopularity(sequences, { halfLifeMs: forever, now: 0 });
    return (_, out) => scorePopularityInto(model, out);
  });
  await add("markov", () => {
    const model = fitMarkov(sequences, defaultMarkov);
    return (history, out) => scoreMarkovInto(model, history, out);
  });
  await add("item-knn sequential", () => {
    const model = fitItemKnn(sequences, defaultItemKnn);
    return (history, out) => scoreItemKnnInto(model, history, out);
  });
  for (const weighting of ["cosine", "tfidf", "bm25"] as const) {
    await add(`item-knn ${weighting}`, () => {
      const model = fitItemKnn(sequences, { ...setItemKnn, weighting });
      return (history, out) => scoreItemKnnInto(model, history, out);
    });
  }
  await add("session-knn", () => {
    const model = fitSessionKnn(sequences, shopperSessionKnn);
    const scratch = createSessionKnnScratch(model);
    return (history, out) => scoreSessionKnnInto(model, scratch, history, out);
  });
  await add("content-knn", () => {
    const model = fitContentKnn(bags, defaultContentKnn);
    return (history, out) => scoreContentKnnInto(model, history, out);
  });
  await add("als", async () => {
    const model = await fitAls(sequences, defaultAls, createRandom(seed), matmul);
    const scratch = createAlsScratch(model);
    return (history, out) => scoreAlsInto(model, scratch, history, out);
  });
  await add("ease", async () => {
    const model = await fitEase(sequences, defaultEase, matmul);
    return (history, out) => scoreEaseInto(model, history, out);
  });
  return methods;
}

// ---- leave-one-out

async function leaveOneOut(run: BenchRun, name: string, matmul: Matmul): Promise<unknown> {
  const note = (line: string): void => run.note(`${name}: ${line}`);
  const log = await readLog(run, name);
  const upTo = (left: number): Sequences =>
    sequencesOf(
      log.rows.map((row) => row.slice(0, row.length - left)),
      log.vocabulary,
    );
  const targets = (left: number): Int32Array =>
    Int32Array.from(log.rows, (row) => row[row.length - left]);
  const tuning = await fitted(upTo(2), log.bags, matmul, note);
  const blends: Record<string, BlendModel> = {
    blend: tuneBlend(tuning, upTo(2), targets(2), Object.keys(tuning)),
    "blend without content": tuneBlend(tuning, upTo(2), targets(2), withoutContent(tuning)),
  };
  const final = await fitted(upTo(1), log.bags, matmul, note);
  const plain = fitMarkov(upTo(1), plainMarkov);
  const rows: Record<string, unknown> = {
    "markov plain, ties by first appearance": byFirstAppearance(plain, log),
  };
  const measure = (label: string, score: Score): void => {
    rows[label] = rankTargets(upTo(1), targets(1), score);
    note(`${label} ${JSON.stringify(rows[label])}`);
  };
  measure("markov plain", (history, out) => scoreMarkovInto(plain, history, out));
  for (const [label, { score }] of Object.entries(final)) measure(label, score);
  for (const [label, model] of Object.entries(blends)) {
    const names = label === "blend" ? Object.keys(final) : withoutContent(final);
    measure(label, blendScore(model, final, names));
  }
  return {
    rows: log.rows.length,
    vocabulary: log.vocabulary,
    methods: rows,
    fitSeconds: Object.fromEntries(Object.entries(final).map(([n, m]) => [n, m.fitSeconds])),
    blend: weightsOf(blends["blend"], Object.keys(final)),
  };
}

const withoutContent = (methods: Fitted): string[] =>
  Object.keys(methods).filter((name) => name !== "content-knn");

function rankTargets(sequences: Sequences, targets: Int32Array, score: Score): unknown {
  const out = new Float32Array(sequences.vocabulary);
  const gains: number[] = [];
  let hits = 0;
  let milliseconds = 0;
  for (let row = 0; row < sequences.rows; row++) {
    const history = historyOf(sequences, row, 0);
    const started = performance.now();
    score(history, out);
    milliseconds += performance.now() - started;
    for (const token of history.tokens) out[token] = Number.NEGATIVE_INFINITY;
    const rank = rankOf(out, targets[row]);
    if (rank < 10) hits++;
    gains.push(rank < 10 ? 1 / Math.log2(rank + 2) : 0);
  }
  return {
    hr10: round(hits / sequences.rows, 4),
    ndcg10: round(mean(gains), 4),
    plusMinus: round(halfInterval(gains), 4),
    microseconds: Math.round((1000 * milliseconds) / sequences.rows),
  };
}

function rankOf(scores: Float32Array, target: number): number {
  const own = scores[target];
  if (own === Number.NEGATIVE_INFINITY) return scores.length;
  let rank = 0;
  for (let token = 0; token < scores.length; token++) {
    if (scores[token] > own || (scores[token] === own && token < target)) rank++;
  }
  return rank;
}

/**
 * The reference figures of the plain count (.0684/.0473 on Beauty, .2118/.1248 on MovieLens 1M)
 * order equal counts by which transition was seen first, and rank nothing but successors.
 */
function byFirstAppearance(model: MarkovModel, log: Log): unknown {
  const order = new Map<number, number>();
  const key = (from: number, to: number): number => from * log.vocabulary + to;
  for (const row of log.rows) {
    for (let at = 1; at < row.length - 1; at++) {
      if (!order.has(key(row[at - 1], row[at]))) order.set(key(row[at - 1], row[at]), order.size);
    }
  }
  const { offsets, columns, values } = model.successors;
  const gains = log.rows.map((row) => {
    const from = row[row.length - 2];
    const seen = new Set(row.slice(0, -1));
    const places = Array.from(
      { length: offsets[from + 1] - offsets[from] },
      (_, i) => offsets[from] + i,
    );
    const list = places
      .filter((at) => !seen.has(columns[at]))
      .sort(
        (a, b) =>
          values[b] - values[a] ||
          (order.get(key(from, columns[a])) ?? 0) - (order.get(key(from, columns[b])) ?? 0),
      );
    const rank = list.findIndex((at) => columns[at] === row[row.length - 1]);
    return rank >= 0 && rank < 10 ? 1 / Math.log2(rank + 2) : 0;
  });
  const hits = gains.filter((gain) => gain > 0).length;
  return { hr10: round(hits / gains.length, 4), ndcg10: round(mean(gains), 4) };
}

// ---- the blend

function tuneBlend(
  methods: Fitted,
  sequences: Sequences,
  targets: Int32Array,
  names: readonly string[],
): BlendModel {
  const scaled = names.map(() => new Float32Array(sequences.vocabulary));
  const mask = new Uint8Array(sequences.vocabulary);
  const step = Math.ceil(sequences.rows / 6000);
  const cases = [];
  for (let row = 0; row < sequences.rows; row += step) {
    const history = historyOf(sequences, row, 0);
    scaleAll(methods, names, history, mask, scaled);
    cases.push(blendCase(scaled, Int32Array.of(targets[row]), history.tokens.length, 60));
  }
  return fitBlend(cases, names.length, defaultBlend);
}

function scaleAll(
  methods: Fitted,
  names: readonly string[],
  history: History,
  mask: Uint8Array,
  scaled: readonly Float32Array[],
): void {
  for (const token of history.tokens) mask[token] = 1;
  names.forEach((name, at) => {
    methods[name].score(history, scaled[at]);
    scaleScores(scaled[at], mask, defaultBlend.scale);
  });
  for (const token of history.tokens) mask[token] = 0;
}

function blendScore(model: BlendModel, methods: Fitted, names: readonly string[]): Score {
  let scaled: Float32Array[] = [];
  let mask = new Uint8Array(0);
  return (history, out) => {
    if (mask.length !== out.length) {
      mask = new Uint8Array(out.length);
      scaled = names.map(() => new Float32Array(out.length));
    }
    scaleAll(methods, names, history, mask, scaled);
    blendInto(blendWeights(model, history.tokens.length), scaled, out);
  };
}

const weightsOf = (model: BlendModel, names: readonly string[]): unknown =>
  model.segments.map((segment) => ({
    historiesBelow: segment.below === forever ? "any" : segment.below,
    cases: segment.cases,
    validationNdcg: round(segment.ndcg, 4),
    bestAlone: round(Math.max(...segment.alone), 4),
    weights: Object.fromEntries(names.map((name, at) => [name, round(segment.weights[at], 3)])),
  }));

// ---- sessions

async function sessions(run: BenchRun): Promise<unknown> {
  const folder = join(run.dataRoot, "diginetica-sessions");
  const [keys, items] = (await columnsOf(
    join(folder, "train.parquet"),
    ["session_id", "item_id"],
    "session_id, position",
  )) as number[][];
  const [prefixes, targets] = (await columnsOf(
    join(folder, "test.parquet"),
    ["prefix", "target"],
    "case_id",
  )) as [string[], number[]];
  const vocabulary = Math.max(maximum(items), maximum(targets)) + 1;
  const rows = grouped(keys, items);
  const cut = rows.length - 6000;
  const tuning = sessionMethods(datedByRow(sequencesOf(rows.slice(0, cut), vocabulary)));
  const model = tuneSessionBlend(tuning, rows.slice(cut), vocabulary);
  const log = datedByRow(sequencesOf(rows, vocabulary));
  const asked = prefixes.map((prefix) => plainHistory(prefix.split(" ").map(Number)));
  const final = sessionMethods(log);
  const names = Object.keys(final);
  const scaled = names.map(() => new Float32Array(vocabulary));
  const methods: Record<string, Score> = Object.fromEntries(
    Object.entries(final).map(([name, { score }]) => [name, score]),
  );
  methods["blend"] = (history, out) => {
    scaleUnmasked(final, names, history, scaled);
    blendInto(blendWeights(model, history.tokens.length), scaled, out);
  };
  const result: Record<string, unknown> = {};
  for (const [name, score] of Object.entries(methods)) {
    result[name] = rankSessions(asked, targets, vocabulary, score);
    run.note(`diginetica-sessions: ${name} ${JSON.stringify(result[name])}`);
  }
  const blend = weightsOf(model, names);
  return { sessions: log.rows, cases: asked.length, vocabulary, methods: result, blend };
}

function sessionMethods(log: Sequences): Fitted {
  const knn = fitSessionKnn(log, defaultSessionKnn);
  const scratch = createSessionKnnScratch(knn);
  const markov = fitMarkov(log, { ...defaultMarkov, smoothing: 1 });
  const pairing = { ...defaultItemKnn.pairing, backward: 1 };
  const neighbours = fitItemKnn(log, { ...defaultItemKnn, pairing });
  const repeat = fitRepeat(log, { ...defaultRepeat, propensityPower: 0 });
  const timed = (score: Score): { score: Score; fitSeconds: number } => ({ score, fitSeconds: 0 });
  return {
    "session-knn": timed((history, out) => scoreSessionKnnInto(knn, scratch, history, out)),
    markov: timed((history, out) => scoreMarkovInto(markov, history, out)),
    "item-knn sequential": timed((history, out) => scoreItemKnnInto(neighbours, history, out)),
    repeat: timed((history, out) => scoreRepeatInto(repeat, history, out)),
  };
}

function scaleUnmasked(
  methods: Fitted,
  names: readonly string[],
  history: History,
  scaled: readonly Float32Array[],
): void {
  names.forEach((name, at) => {
    methods[name].score(history, scaled[at]);
    scaleScores(scaled[at], nothingMasked, defaultBlend.scale);
  });
}

/** Every fifth prefix of held-out sessions asks for its next token. */
function tuneSessionBlend(
  methods: Fitted,
  rows: readonly (readonly number[])[],
  vocabulary: number,
): BlendModel {
  const names = Object.keys(methods);
  const scaled = names.map(() => new Float32Array(vocabulary));
  const cases = [];
  const places = rows.flatMap((row) => row.slice(1).map((_, at) => ({ row, at: at + 1 })));
  for (const { row, at } of places.filter((_, index) => index % 5 === 0)) {
    const history = plainHistory(row.slice(0, at));
    scaleUnmasked(methods, names, history, scaled);
    cases.push(blendCase(scaled, Int32Array.of(row[at]), history.tokens.length, 60));
  }
  return fitBlend(cases, names.length, { ...defaultBlend, k: 20, segments: [2, 4, forever] });
}

const plainHistory = (tokens: readonly number[]): History => ({
  tokens: Int32Array.from(tokens),
  times: Float64Array.from(tokens, (_, place) => place),
  weights: new Float32Array(tokens.length).fill(1),
  now: tokens.length,
});

/** Sessions have no times in this set: their number is their order. */
function datedByRow(sequences: Sequences): Sequences {
  const times = new Float64Array(sequences.tokens.length);
  for (let row = 0; row < sequences.rows; row++) {
    times.fill(row, sequences.offsets[row], sequences.offsets[row + 1]);
  }
  return { ...sequences, times };
}

function rankSessions(
  asked: readonly History[],
  targets: readonly number[],
  vocabulary: number,
  score: Score,
): unknown {
  const out = new Float32Array(vocabulary);
  const top = createTopK(20);
  const reciprocal: number[] = [];
  let milliseconds = 0;
  asked.forEach((history, at) => {
    const started = performance.now();
    score(history, out);
    milliseconds += performance.now() - started;
    const found = topKInto(top, out, nothingMasked);
    const rank = top.indexes.subarray(0, found).indexOf(targets[at]);
    reciprocal.push(rank >= 0 && top.scores[rank] > 0 ? 1 / (rank + 1) : 0);
  });
  const hits = reciprocal.filter((value) => value > 0).length;
  return {
    recall20: round(hits / asked.length, 4),
    mrr20: round(mean(reciprocal), 4),
    plusMinus: round(halfInterval(reciprocal), 4),
    microseconds: Math.round((1000 * milliseconds) / asked.length),
  };
}

// ---- baskets

async function baskets(run: BenchRun): Promise<unknown> {
  const [users, numbers, products, splits] = (await columnsOf(
    join(run.dataRoot, "tafeng-baskets", "baskets.parquet"),
    ["user_id", "basket_no", "product_id", "split"],
  )) as [number[], number[], number[], string[]];
  const vocabulary = maximum(products) + 1;
  const table = basketTable(users, numbers, products, splits);
  const result: Record<string, unknown> = {};
  const tuning = basketMethods(table.histories(1, vocabulary));
  const model = tuneBasketBlend(tuning, table, vocabulary);
  const final = basketMethods(table.histories(0, vocabulary));
  const log = table.histories(0, vocabulary);
  const truth = table.truth(0);
  result["personal, ties by first appearance, then popular"] = scoreBaskets(
    log,
    truth,
    personalThenPopular(log),
  );
  for (const [name, { score }] of Object.entries(final)) {
    result[name] = scoreBaskets(log, truth, score);
    run.note(`tafeng-baskets: ${name} ${JSON.stringify(result[name])}`);
  }
  const names = Object.keys(final);
  const blend: Score = (history, out) => {
    const scaled = names.map((name) => {
      const scores = new Float32Array(out.length);
      final[name].score(history, scores);
      scaleScores(scores, nothingMasked, defaultBlend.scale);
      return scores;
    });
    blendInto(blendWeights(model, history.tokens.length), scaled, out);
  };
  result["blend"] = scoreBaskets(log, truth, blend);
  run.note(`tafeng-baskets: blend ${JSON.stringify(result["blend"])}`);
  return { rows: log.rows, vocabulary, methods: result, blend: weightsOf(model, names) };
}

interface BasketTable {
  /** The past of each row without its last `left` baskets before the test. */
  histories(left: number, vocabulary: number): Sequences;
  /** The basket that follows such a past; empty where there is none. */
  truth(left: number): number[][];
}

function basketTable(
  users: readonly number[],
  numbers: readonly number[],
  products: readonly number[],
  splits: readonly string[],
): BasketTable {
  const rows = new Map<number, Map<number, number[]>>();
  const tests = new Map<number, number[]>();
  users.forEach((user, at) => {
    const past = rows.get(user) ?? new Map<number, number[]>();
    rows.set(user, past);
    if (splits[at] === "test") tests.set(user, [...(tests.get(user) ?? []), products[at]]);
    else past.set(numbers[at], [...(past.get(numbers[at]) ?? []), products[at]]);
  });
  return {
    histories: (left, vocabulary) => {
      const kept = [...rows.values()].map((past) => [...past].slice(0, past.size - left));
      const sequences = sequencesOf(
        kept.map((past) => past.flatMap(([, basket]) => basket)),
        vocabulary,
      );
      const times = Float64Array.from(
        kept.flatMap((past) => past.flatMap(([no, basket]) => basket.map(() => no))),
      );
      return { ...sequences, times };
    },
    truth: (left) =>
      left === 0
        ? [...rows.keys()].map((user) => tests.get(user) ?? [])
        : [...rows.values()].map((past) => [...past.values()].at(-left) ?? []),
  };
}

function basketMethods(log: Sequences): Fitted {
  const popularity = fitPopularity(log, { halfLifeMs: forever, now: 0 });
  const plain = { power: 0, halfLifeMs: forever, propensityPower: 0, shrink: 0 };
  const personal = fitRepeat(log, plain);
  const propensity = fitRepeat(log, { ...plain, propensityPower: 1, shrink: 20 });
  const repeat = fitRepeat(log, defaultRepeat);
  const neighbours = fitItemKnn(log, { ...setItemKnn, shrink: 5 });
  const markov = fitMarkov(log, { ...defaultMarkov, gapPower: 0.5 });
  const timed = (score: Score): { score: Score; fitSeconds: number } => ({ score, fitSeconds: 0 });
  return {
    popularity: timed((_, out) => scorePopularityInto(popularity, out)),
    "personal, then popular": timed((history, out) => {
      scoreRepeatInto(personal, history, out);
      for (let i = 0; i < out.length; i++) out[i] += 1e-6 * popularity.scores[i];
    }),
    "repeat with propensity": timed((history, out) => scoreRepeatInto(propensity, history, out)),
    repeat: timed((history, out) => scoreRepeatInto(repeat, history, out)),
    "item-knn cosine": timed((history, out) => scoreItemKnnInto(neighbours, history, out)),
    markov: timed((history, out) => scoreMarkovInto(markov, history, out)),
  };
}

/** The reference figures of this set (.1195/.1069/.3721) break ties by first place in the file. */
function personalThenPopular(log: Sequences): Score {
  const popularity = fitPopularity(log, { halfLifeMs: forever, now: 0 }).scores;
  return (history, out) => {
    out.set(popularity);
    for (let i = 0; i < out.length; i++) out[i] /= 1e6;
    const first = new Map<number, number>();
    history.tokens.forEach((token, place) => {
      if (!first.has(token)) first.set(token, place);
    });
    for (const [token, place] of first) out[token] = 1 - place / 1e4;
    for (const token of history.tokens) out[token] += 1;
  };
}

function tuneBasketBlend(methods: Fitted, table: BasketTable, vocabulary: number): BlendModel {
  const log = table.histories(1, vocabulary);
  const truth = table.truth(1);
  const names = Object.keys(methods);
  const scaled = names.map(() => new Float32Array(vocabulary));
  const cases = [];
  for (let row = 0; row < log.rows; row += 2) {
    const history = historyOf(log, row, 0);
    if (history.tokens.length === 0) continue;
    names.forEach((name, at) => {
      methods[name].score(history, scaled[at]);
      scaleScores(scaled[at], nothingMasked, defaultBlend.scale);
    });
    cases.push(blendCase(scaled, Int32Array.from(truth[row]), history.tokens.length, 60));
  }
  return fitBlend(cases, names.length, { ...defaultBlend, segments: [10, 40, forever] });
}

function scoreBaskets(log: Sequences, truth: readonly number[][], score: Score): unknown {
  const out = new Float32Array(log.vocabulary);
  const top = createTopK(10);
  const gains: number[] = [];
  let recall = 0;
  let hits = 0;
  truth.forEach((basket, row) => {
    score(historyOf(log, row, 0), out);
    const found = topKInto(top, out, nothingMasked);
    let gain = 0;
    let right = 0;
    for (let rank = 0; rank < found; rank++) {
      if (!basket.includes(top.indexes[rank])) continue;
      right++;
      gain += 1 / Math.log2(rank + 2);
    }
    let ideal = 0;
    for (let rank = 0; rank < Math.min(10, basket.length); rank++) ideal += 1 / Math.log2(rank + 2);
    gains.push(gain / ideal);
    recall += right / basket.length;
    if (right > 0) hits++;
  });
  return {
    recall10: round(recall / truth.length, 4),
    ndcg10: round(mean(gains), 4),
    plusMinus: round(halfInterval(gains), 4),
    hit10: round(hits / truth.length, 4),
  };
}

// ---- times at the size of a large shop

/** A made-up log whose tokens are drawn by Zipf's law with neighbours near each other. */
function madeUp(rows: number, vocabulary: number): Sequences {
  const random = createRandom(seed).split("rows");
  const lists = Array.from({ length: rows }, () => {
    const start = Math.floor(vocabulary * random.uniform() ** 2);
    return Array.from(
      { length: 2 + random.poisson(8) },
      () => (start + Math.floor(vocabulary * 0.02 * random.uniform() ** 3)) % vocabulary,
    );
  });
  return sequencesOf(lists, vocabulary);
}

async function times(run: BenchRun, matmul: Matmul): Promise<unknown> {
  const vocabulary = run.tiny ? 300 : 20_000;
  const log = madeUp(run.tiny ? 200 : 100_000, vocabulary);
  const seconds: Record<string, number> = {};
  const clock = async (name: string, work: () => Promise<unknown> | unknown): Promise<void> => {
    const started = performance.now();
    await work();
    seconds[name] = round((performance.now() - started) / 1000, 2);
    run.note(`${vocabulary} tokens: ${name} ${seconds[name]} s`);
  };
  await clock("item-knn cosine", () => fitItemKnn(log, setItemKnn));
  await clock("item-knn sequential", () => fitItemKnn(log, defaultItemKnn));
  await clock("ease", () => fitEase(log, defaultEase, matmul));
  const once = { ...defaultAls, factors: run.tiny ? 16 : 128 };
  await clock("als, one iteration of 128 factors, with set-up", () =>
    fitAls(log, { ...once, iterations: 1 }, createRandom(seed), matmul),
  );
  await clock("als, three iterations of 128 factors, with set-up", () =>
    fitAls(log, { ...once, iterations: 3 }, createRandom(seed), matmul),
  );
  return { vocabulary, rows: log.rows, places: log.tokens.length, seconds };
}

// ---- numbers

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / Math.max(1, values.length);
}

/** Half of the 95 % interval of a mean, by the normal approximation. */
function halfInterval(values: readonly number[]): number {
  const centre = mean(values);
  const variance = mean(values.map((value) => (value - centre) ** 2));
  return 1.96 * Math.sqrt(variance / Math.max(1, values.length));
}

function maximum(values: readonly number[]): number {
  let largest = 0;
  for (const value of values) if (value > largest) largest = value;
  return largest;
}
