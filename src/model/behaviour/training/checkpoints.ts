import type { Csr } from "../../../algorithms/csr.ts";
import type { Sequences } from "../../../algorithms/sequences.ts";
import { crc32 } from "../../../tensor/interchange/crc32.ts";
import { badFile } from "../../../tensor/interchange/json.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../../tensor/train/checkpoint.ts";
import type { TrainerState } from "../../../tensor/train/trainer.ts";
import { modelFromBytes, modelToBytes } from "../../model-bytes.ts";
import { tokensOf } from "../context.ts";
import type { RankQuestion } from "../rank.ts";
import type { FitStart } from "./onward.ts";

/**
 * A training that is killed goes on where it was kept last, and ends with the same bytes as one that was
 * never killed. Idea: all chance of a training comes from its seed and the number of the epoch or step,
 * so that besides the trainer's own state only a few sums need keeping: what was drawn before can be
 * drawn again. A checkpoint carries the mark of its training and is refused by any other.
 * Left out: keeping more than the last one; who wants that keeps copies.
 */
export interface CheckpointPlace {
  /** What was kept last, if anything. */
  read(): Promise<Uint8Array | undefined>;
  /** Keeps these bytes in place of the last: whole, or, if killed meanwhile, not at all. */
  write(bytes: Uint8Array): Promise<void>;
  /** Steps from one checkpoint to the next; the end of an epoch is kept too. */
  readonly everySteps: number;
}

/** How far a training is, beside the trainer's own state. */
export interface Progress<Report> {
  /** Of the epochs that are done. */
  readonly epochs: readonly Report[];
  readonly best: Best<Report> | undefined;
  readonly part: EpochPart;
  /** Since the training began, pauses left out. */
  readonly seconds: number;
}

/** The epoch that answered best, and the parameters after it. */
export interface Best<Report> {
  readonly report: Report;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/** What is done of the epoch under way. */
export interface EpochPart {
  readonly steps: number;
  /** Of all its questions so far. @unit nats */
  readonly lossSum: number;
  readonly questions: number;
}

export interface Checkpoint<Report> {
  readonly progress: Progress<Report>;
  readonly trainer: TrainerState;
}

export const beginning: Progress<never> = {
  epochs: [],
  best: undefined,
  part: { steps: 0, lossSum: 0, questions: 0 },
  seconds: 0,
};

/** What a training rests on; two with the same have the same trajectory on one provider with as many threads. */
export interface TrainingGround {
  readonly sequences: Sequences;
  readonly questions: readonly RankQuestion[];
  readonly bags?: Csr | undefined;
  readonly shape: object;
  readonly settings: object;
  readonly seed: number;
  readonly start?: FitStart | undefined;
}

/** Tells trainings apart, by accident and not by intent (CRC-32). O(actions + questions). */
export function markOf(ground: TrainingGround): string {
  const { sequences, questions, bags, shape, settings, seed, start } = ground;
  const { offsets, tokens, times, weights } = sequences;
  const asked = questions.map(({ history, target }) => [tokensOf(history).length, target]);
  const read = bags === undefined ? [] : [bags.offsets, bags.columns, bags.values];
  const begun = start === undefined ? [] : [start.tokenOf, ...start.parameters.values()];
  const told = [Int32Array.from(asked.flat()), ...read, ...begun];
  const sums = [offsets, tokens, times, weights, ...told].map(
    ({ buffer, byteOffset, byteLength }) => crc32(new Uint8Array(buffer, byteOffset, byteLength)),
  );
  return JSON.stringify([
    sums,
    Object.entries(shape).sort(),
    Object.entries(settings).sort(),
    seed,
  ]);
}

/** As it lies in a checkpoint: records in place of maps. */
interface Kept<Report> {
  readonly mark: string;
  readonly epochs: readonly Report[];
  readonly part: EpochPart;
  readonly seconds: number;
  readonly best:
    | {
        readonly report: Report;
        readonly names: readonly string[];
        readonly values: Float32Array[];
      }
    | undefined;
  /** Bytes of tensor/train/checkpoint.ts. */
  readonly trainer: Uint8Array;
}

/** O(parameters), some five copies of them at once. */
export function checkpointToBytes<Report>(
  { progress, trainer }: Checkpoint<Report>,
  mark: string,
): Uint8Array {
  const { best, ...rest } = progress;
  const kept: Kept<Report> = {
    ...rest,
    mark,
    best: best && {
      report: best.report,
      names: [...best.parameters.keys()],
      values: [...best.parameters.values()],
    },
    trainer: encodeCheckpoint(trainer),
  };
  return modelToBytes(kept);
}

/** @throws problem `invalid-model-file` for another training's, `storage-damaged` for a damaged one */
export function checkpointFromBytes<Report>(bytes: Uint8Array, mark: string): Checkpoint<Report> {
  const { mark: own, best, trainer, ...rest } = modelFromBytes(bytes) as Kept<Report>;
  if (own !== mark) {
    throw badFile(
      "the checkpoint is of another training: of other histories, questions, shape, settings or " +
        "seed. Take it away to begin anew",
    );
  }
  return {
    progress: {
      ...rest,
      best: best && {
        report: best.report,
        parameters: new Map(best.names.map((name, at) => [name, best.values[at] as Float32Array])),
      },
    },
    trainer: decodeCheckpoint(trainer),
  };
}
