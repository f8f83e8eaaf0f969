import type { PriceBands } from "../../features/item-text.ts";
import type { ModelVersion } from "../../model/registry.ts";
import type { JobControl, Measured } from "../../storage/jobs.ts";
import { type OnwardOrder, type OnwardParts, onwardFrom, onwardFromService } from "./going-on.ts";
import type { RecommendFrame } from "./learning/frame.ts";
import type { Before } from "./learning/onward.ts";
import { type RecommendParams, recommendParamsSchema } from "./schema.ts";
import {
  fingerprint,
  frameOf,
  learn,
  type Notes,
  register,
  SCENARIO,
  stageOf,
} from "./training.ts";
import type { Unfinished, UnfinishedBook } from "./unfinished.ts";

/** Versions kept beside the one in service. */
const VERSIONS_KEPT = 5;

export interface TrainingOrder {
  readonly shop: string;
  /** Absent, those of the version that it goes on from, or the defaults. */
  readonly params: RecommendParams | undefined;
  /** To go on from the version in service; undefined learns everything anew. */
  readonly onward: Pick<OnwardOrder, "replayShare"> | undefined;
  readonly seed: number;
  /** Goes on from what was kept at or after this moment; begins anew where absent. @unit epoch ms */
  readonly keptSince: number | undefined;
  /** Whether nobody has been erased since the order. */
  current(): boolean;
}

/**
 * A training from the log to a version in service, keeping on the way how far it is. While a version is
 * on trial the new one only waits beside: a trial whose other side is exchanged tells nothing.
 */
export async function trainRecommend(
  parts: OnwardParts,
  unfinished: UnfinishedBook,
  order: TrainingOrder,
  control: JobControl,
): Promise<{ readonly version: ModelVersion; readonly promoted: boolean }> {
  const { shop, current } = order;
  const stage = stageOf(control, ["gather", "fit", "register", "promote"]);
  stage("gather");
  const begun = (await takenUp(parts, unfinished, order)) ?? (await anew(parts, order));
  stage("fit");
  const notes = openNotes(unfinished, order, begun);
  const { frame, params, seed, before, kept } = begun;
  const learned = await learn(parts, { frame, params, seed, before, kept }, control, notes).finally(
    notes.written,
  );
  stage("register");
  const { version, verdict } = await register(parts, learned, current);
  await unfinished.forget(shop);
  const { canary } = await parts.models.serving(shop, SCENARIO);
  if (!verdict.good || canary !== undefined) return { version, promoted: false };
  stage("promote");
  await parts.models.promote(shop, version.version);
  await parts.models.prune(shop, SCENARIO, VERSIONS_KEPT);
  return { version, promoted: true };
}

/** A training at its begin, or where it was stopped. */
interface Begun extends Pick<Unfinished, "params" | "seed" | "asOf" | "fingerprint" | "measured"> {
  readonly frame: RecommendFrame;
  readonly before: Before | undefined;
  readonly kept: Readonly<Record<string, Uint8Array>>;
}

async function anew(parts: OnwardParts, order: TrainingOrder): Promise<Begun> {
  const { shop, seed, onward } = order;
  const { before, params } =
    onward === undefined
      ? { before: undefined, params: order.params ?? defaults() }
      : await onwardFromService(parts, shop, { params: order.params, ...onward });
  const asOf = parts.clock();
  const frame = await frameOf(parts, shop, asOf, bandsOf(before));
  const begun = { frame, before, params, seed, asOf };
  return { ...begun, fingerprint: fingerprint(frame), measured: [], kept: {} };
}

/** Who goes on learns of the same bands of prices. */
const bandsOf = (before: Before | undefined): PriceBands | undefined =>
  before === undefined ? undefined : (before.model.prices ?? {});

const defaults = (): RecommendParams => recommendParamsSchema.parse({}) as RecommendParams;

/** What was stopped, if it was kept in time and what it learned from is still the same. */
async function takenUp(
  parts: OnwardParts,
  unfinished: UnfinishedBook,
  { shop, keptSince = Number.POSITIVE_INFINITY }: TrainingOrder,
): Promise<Begun | undefined> {
  const found = await unfinished.of(shop);
  if (found === undefined || found.at < keptSince) return undefined;
  // Kept by a version before, it may lack a parameter.
  const params = recommendParamsSchema.parse(found.params) as RecommendParams;
  const before = found.onward && (await stillBefore(parts, shop, { ...found, params }));
  if (found.onward !== undefined && before === undefined) return undefined;
  const frame = await frameOf(parts, shop, found.asOf, bandsOf(before));
  if (fingerprint(frame) !== found.fingerprint) return undefined;
  return { ...found, params, frame, before, kept: await unfinished.bytes(found) };
}

/** What a stopped training went on from; undefined where that can no longer be had. */
async function stillBefore(
  parts: OnwardParts,
  shop: string,
  { params, onward }: Pick<Unfinished, "params" | "onward">,
): Promise<Before | undefined> {
  const versions = await parts.models.list(shop, SCENARIO);
  const version = versions.find((one) => one.version === onward?.version);
  if (onward === undefined || version === undefined || version.withdrawn) return undefined;
  const { replayShare } = onward;
  return (await onwardFrom(parts, version, { params, replayShare })).before;
}

interface KeepingNotes extends Notes {
  /** Resolves when all is kept. @throws what keeping it threw, such as problem `storage-full` */
  written(): Promise<void>;
}

/** Keeps one checkpoint after the other, and none of somebody who was erased. */
function openNotes(
  unfinished: UnfinishedBook,
  { shop, current }: TrainingOrder,
  { params, seed, asOf, before, fingerprint: print, measured }: Begun,
): KeepingNotes {
  const all: Measured[] = [...measured];
  const onward = before && { version: before.version, replayShare: before.replayShare };
  let writes = Promise.resolve();
  return {
    add(one) {
      all.push(one);
      return [...all];
    },
    keep(run) {
      const facts = { params, seed, asOf, onward, fingerprint: print, measured: [...all] };
      writes = writes.then(async () => {
        if (current()) await unfinished.keep(shop, facts, run);
        if (!current()) await unfinished.forget(shop);
      });
      writes.catch(() => undefined); // told by `written`
    },
    written: () => writes,
  };
}
