import type { Clock } from "../../clock.ts";
import type { Blobs } from "../../storage/blobs.ts";
import type { Measured } from "../../storage/jobs.ts";
import type { Change, Records } from "../../storage/records.ts";
import type { KeptRun } from "./learning/source.ts";
import type { RecommendParams } from "./schema.ts";

/**
 * What is kept of a training on its way, so that one that is killed or stopped goes on: a record that
 * says what it is of, and for each of its runs the last checkpoint as a blob. At most one a shop; the
 * next training takes its place. It holds what shoppers taught it, so it goes when one is erased.
 */
export interface Unfinished {
  readonly params: RecommendParams;
  readonly seed: number;
  readonly asOf: number;
  /** SHA-256 over what it learns from: with other data it cannot go on. */
  readonly fingerprint: string;
  /** What it goes on from, where it does not learn everything anew. */
  readonly onward?: { readonly version: string; readonly replayShare: number } | undefined;
  readonly at: number;
  readonly measured: readonly Measured[];
  /** Run to blob. */
  readonly runs: Readonly<Record<string, string>>;
}

export interface UnfinishedBook {
  of(shop: string): Promise<Unfinished | undefined>;
  /** The checkpoints of its runs; those that are lost are left out. */
  bytes(unfinished: Unfinished): Promise<Record<string, Uint8Array>>;
  /** Keeps a run's checkpoint in place of the one before, or of another training. */
  keep(shop: string, of: Omit<Unfinished, "at" | "runs">, run: KeptRun): Promise<void>;
  forget(shop: string): Promise<void>;
}

const KIND = "training-unfinished";
const ID = "recommend";

export function openUnfinished({
  records,
  blobs,
  clock,
}: {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly clock: Clock;
}): UnfinishedBook {
  const of = async (shop: string): Promise<Unfinished | undefined> =>
    (await records.get<Unfinished>(shop, KIND, ID))?.value;
  /** The record first: a blob that nobody knows does no harm. */
  const change = async (shop: string, to: Change, left: readonly string[]): Promise<void> => {
    const before = Object.values((await of(shop))?.runs ?? {});
    await records.write(shop, [to]);
    for (const blob of before) if (!left.includes(blob)) await blobs.delete(blob);
  };
  return {
    of,
    async bytes({ runs }) {
      const found: Record<string, Uint8Array> = {};
      for (const [run, blob] of Object.entries(runs)) {
        const bytes = await blobs.get(blob);
        if (bytes !== undefined) found[run] = bytes;
      }
      return found;
    },
    async keep(shop, facts, { run, bytes }) {
      const before = await of(shop);
      const isSame =
        before?.fingerprint === facts.fingerprint &&
        before.seed === facts.seed &&
        before.onward?.version === facts.onward?.version;
      const blob = await blobs.put(bytes);
      const runs = { ...(isSame ? before.runs : {}), [run]: blob };
      const put: Unfinished = { ...facts, at: clock(), runs };
      await change(shop, { put, kind: KIND, id: ID }, Object.values(runs));
    },
    forget: (shop) => change(shop, { remove: true, kind: KIND, id: ID }, []),
  };
}
