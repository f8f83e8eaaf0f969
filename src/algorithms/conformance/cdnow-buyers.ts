import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileTables } from "../../storage/engines/file-tables.ts";
import type { Repeats } from "../buyers/bg-nbd.ts";

/** Buyers of the CDNOW data as counts, over the published time of calibration and the time after it. */
export interface CdnowBuyers extends Repeats {
  readonly repeats: Float64Array;
  /** @unit weeks */
  readonly lastAt: Float64Array;
  readonly age: Float64Array;
  /** Mean amount of a repeat; 0 where there is none. @unit USD */
  readonly amounts: Float64Array;
  /** Days with a purchase in the 39 weeks after, and what was spent on them. */
  readonly laterPurchases: Float64Array;
  /** @unit USD */
  readonly laterSpent: Float64Array;
}

const DAY_MS = 86_400_000;
/** Thirty-nine weeks: 1997-01-01 to 1997-09-30. */
const CALIBRATION_END = Date.UTC(1997, 8, 30);

/**
 * Purchases of one day are one. `file` is "sample" (2,357 buyers, one in ten) or "transactions" (all).
 * @shape arrays of the result [buyers]
 */
export async function cdnowBuyers(
  root: string,
  file: "sample" | "transactions",
): Promise<CdnowBuyers> {
  const days = await daysOf(join(root, "cdnow", `${file}.parquet`));
  const rows = [...days.values()].map((own) => rowOf(own));
  const column = (at: number): Float64Array => Float64Array.from(rows, (row) => row[at] ?? 0);
  return {
    repeats: column(0),
    lastAt: column(1),
    age: column(2),
    amounts: column(3),
    laterPurchases: column(4),
    laterSpent: column(5),
  };
}

function rowOf(own: ReadonlyMap<number, number>): readonly number[] {
  const all = [...own.keys()].sort((a, b) => a - b);
  const before = all.filter((at) => at <= CALIBRATION_END);
  const after = all.filter((at) => at > CALIBRATION_END);
  const [first = CALIBRATION_END, ...repeated] = before;
  const spent = (of: readonly number[]): number =>
    of.reduce((sum, at) => sum + (own.get(at) ?? 0), 0);
  const weeks = (from: number, to: number): number => (to - from) / (7 * DAY_MS);
  const last = repeated.at(-1) ?? first;
  const mean = repeated.length === 0 ? 0 : spent(repeated) / repeated.length;
  const age = weeks(first, CALIBRATION_END);
  return [repeated.length, weeks(first, last), age, mean, after.length, spent(after)];
}

/** Amount by day by buyer. */
async function daysOf(path: string): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const limits = { memoryMib: 512, threads: 2, maxLineBytes: 1_048_576, maxBadLines: 0 };
  const tables = fileTables({ ...limits, temporary: tmpdir() });
  const days = new Map<string, Map<number, number>>();
  const read = tables.read(path, { format: "parquet", afterLine: 0, batch: 50_000 });
  for await (const batch of read) {
    for (const { values } of batch.rows) {
      const buyer = String(values["sample_id"] ?? values["customer_id"]);
      const at = Date.parse(String(values["date"]));
      const own = days.get(buyer) ?? new Map<number, number>();
      own.set(at, (own.get(at) ?? 0) + Number(values["amount_usd"]));
      days.set(buyer, own);
    }
  }
  await tables.close();
  return days;
}
