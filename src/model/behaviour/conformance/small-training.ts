import { readFile, rename, writeFile } from "node:fs/promises";
import { sequencesOf } from "../../../algorithms/sequences.ts";
import { createRandom } from "../../../tensor/random.ts";
import type { FitBehaviour } from "../fit-behaviour.ts";
import type { CheckpointPlace } from "../training/checkpoints.ts";

/** A training of seconds with everything that draws: packing, dropout, negatives. */
const ITEMS = 12;
const random = createRandom(11);
const lists = Array.from({ length: 120 }, () => {
  const start = random.int(ITEMS);
  return Array.from({ length: 3 + random.int(5) }, (_, place) => (start + 5 * place) % ITEMS);
});

export const smallTraining: FitBehaviour = {
  sequences: sequencesOf(lists, ITEMS),
  questions: Array.from({ length: ITEMS }, (_, item) => ({
    history: Int32Array.of(item, (item + 5) % ITEMS),
    target: (item + 10) % ITEMS,
  })),
  shape: {
    vocabulary: ITEMS,
    width: 8,
    blocks: 1,
    heads: 2,
    length: 8,
    hidden: 16,
    dropout: 0.2,
    positions: "relative",
  },
  settings: {
    rows: 8,
    turns: 1,
    negatives: 4,
    sampling: { power: 1, uniformShare: 0.5 },
    corrects: true,
    chunk: 8,
    learningRate: 0.02,
    warmUpSteps: 4,
    decay: 0.01,
    clipNorm: 1,
    epochsMost: 3,
    patience: 3,
    k: 3,
    filterSeen: false,
  },
  seed: 1,
  provider: "cpu",
  threads: 1,
  spins: false,
  onEpoch: () => undefined,
  signal: undefined,
};

/** A checkpoint as a file that is there whole or not at all. */
export function checkpointFile(path: string, everySteps: number): CheckpointPlace {
  const half = `${path}.half`;
  return {
    everySteps,
    read: () => readFile(path).catch(() => undefined),
    write: async (bytes) => {
      await writeFile(half, bytes);
      await rename(half, path);
    },
  };
}
