import type { BenchRun } from "../../scripts/bench.ts";
import { openMatmul } from "../tensor/matmul.ts";
import { createRandom } from "../tensor/random.ts";
import { defaultEase, fitEase } from "./ease.ts";
import { defaultItemKnn, fitItemKnn, setItemKnn } from "./item-knn.ts";
import { type Sequences, sequencesOf } from "./sequences.ts";

/**
 * How long item-kNN and EASE take to fit as the vocabulary grows, beside one matrix product of the
 * same width on the same threads (the baseline): EASE's inverse is the work of half of one. Made-up
 * rows; only time is judged. Quality is measured by the recommend bench, on real data.
 */
const threads = 2;
const seed = 1;

export async function bench({ tiny, note }: BenchRun): Promise<unknown> {
  const rows = [];
  for (const vocabulary of tiny ? [300] : [5_000, 10_000, 20_000]) {
    const log = madeUp(tiny ? 200 : 100_000, vocabulary);
    const row = { vocabulary, places: log.tokens.length, ...(await secondsOf(log)) };
    note(JSON.stringify(row));
    rows.push(row);
  }
  return { threads, seed, rows };
}

async function secondsOf(log: Sequences): Promise<Readonly<Record<string, number>>> {
  const matmul = openMatmul({ threads });
  const itemKnn = await clock(() => fitItemKnn(log, setItemKnn));
  const sequentialItemKnn = await clock(() => fitItemKnn(log, defaultItemKnn));
  const ease = await clock(() => fitEase(log, defaultEase, matmul));
  const flops = 2 * log.vocabulary ** 3;
  const product = Number((flops / (await flopsPerSecond(matmul))).toPrecision(3));
  await matmul.close();
  const ratioToProduct = Number((ease / product).toPrecision(3));
  return { itemKnn, sequentialItemKnn, ease, product, ratioToProduct };
}

/** Of a product of 2,048, which is as fast as larger ones and needs no gigabytes. */
async function flopsPerSecond(matmul: ReturnType<typeof openMatmul>): Promise<number> {
  const n = 2_048;
  const random = createRandom(seed).split("product");
  const a = Float32Array.from({ length: n * n }, () => random.uniform());
  const c = new Float32Array(n * n);
  const form = { m: n, n, k: n, transposeA: false, transposeB: false, alpha: 1, beta: 0 } as const;
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    times.push(await clock(() => matmul.multiplyInto(c, a, a, form)));
  }
  return (2 * n ** 3) / Math.min(...times);
}

async function clock(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return Number(((performance.now() - begun) / 1000).toFixed(3));
}

/** Tokens by Zipf's law, neighbours near each other. */
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
