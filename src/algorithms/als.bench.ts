import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchRun } from "../../scripts/bench.ts";
import { fileTables } from "../storage/engines/file-tables.ts";
import { openMatmul } from "../tensor/matmul.ts";
import { createRandom } from "../tensor/random.ts";
import { defaultAls, fitAls } from "./als.ts";
import { type Sequences, sequencesOf } from "./sequences.ts";

/**
 * Seconds of one ALS iteration on movielens-1m without each row's last token, beside the `implicit`
 * library on the same rows in the same run, when SHOPKEEPER_PEERS_PYTHON names a Python that has it
 * (bench/peers). An iteration of ours: the difference of a long and a short fit.
 */
const threads = 2;
const rounds = 3;

export async function bench(run: BenchRun): Promise<unknown> {
  const folder = join(run.dataRoot, "movielens-1m");
  const sequences = await readRows(folder, run.tiny ? 20_000 : 2_000_000);
  const rows = [];
  for (const factors of run.tiny ? [16] : [64, 128]) {
    const ours = await secondsPerIteration(sequences, factors);
    const peer = run.tiny ? undefined : await implicitAls(folder, factors);
    const ratio = peer && Number((ours / peer.secondsPerIteration).toFixed(2));
    rows.push({ factors, secondsPerIteration: ours, ...(peer ? { peer, ratio } : {}) });
    run.note(`${factors} factors: ${ours} s, ratio to implicit ${ratio ?? "not measured"}`);
  }
  return { data: "movielens-1m", places: sequences.tokens.length, threads, rounds, seed: 1, rows };
}

/** The rows as they are published, each without its last token. */
async function readRows(folder: string, most: number): Promise<Sequences> {
  const limits = { memoryMib: 1024, threads, maxLineBytes: 2 ** 20, maxBadLines: 0 };
  const tables = fileTables({ ...limits, temporary: tmpdir() });
  const lists: number[][] = [];
  let last: unknown;
  let read = 0;
  const how = {
    format: "parquet",
    afterLine: 0,
    batch: 10_000,
    select: "user_id, movie_id",
    where: "position IS NOT NULL",
    orderBy: "user_id, position",
  } as const;
  for await (const batch of tables.read(join(folder, "interactions.parquet"), how)) {
    for (const { values } of batch.rows) {
      if (values["user_id"] !== last) lists.push([]);
      last = values["user_id"];
      lists.at(-1)?.push(Number(values["movie_id"]));
    }
    read += batch.rows.length;
    if (read >= most) break;
  }
  await tables.close();
  const ids = new Map([...new Set(lists.flat())].sort((a, b) => a - b).map((id, at) => [id, at]));
  return sequencesOf(
    lists.map((list) => list.slice(0, -1).map((id) => ids.get(id) ?? 0)),
    ids.size,
  );
}

async function secondsPerIteration(sequences: Sequences, factors: number): Promise<number> {
  const matmul = openMatmul({ threads });
  const seconds = async (iterations: number): Promise<number> => {
    const begun = performance.now();
    await fitAls(sequences, { ...defaultAls, factors, iterations }, createRandom(1), matmul);
    return (performance.now() - begun) / 1000;
  };
  await seconds(1);
  const found: number[] = [];
  for (let round = 0; round < rounds; round++)
    found.push(((await seconds(5)) - (await seconds(1))) / 4);
  await matmul.close();
  return Number((found.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0).toFixed(3));
}

interface Peer {
  readonly peer: string;
  readonly secondsPerIteration: number;
}

async function implicitAls(folder: string, factors: number): Promise<Peer | undefined> {
  const python = process.env["SHOPKEEPER_PEERS_PYTHON"];
  if (python === undefined) return undefined;
  const script = join(import.meta.dirname, "../../bench/peers/als_implicit.py");
  const call = [script, folder, String(factors), "6", String(threads), "0.01", "1"];
  const { stdout } = await promisify(execFile)(python, call);
  return JSON.parse(stdout) as Peer;
}
