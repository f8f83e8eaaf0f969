import type { Network } from "../src/tensor/graph/network.ts";
import { gelu } from "../src/tensor/graph/primitives/elementwise.ts";
import { embedding } from "../src/tensor/layers/embedding.ts";
import { linear } from "../src/tensor/layers/linear.ts";
import { crossEntropy } from "../src/tensor/losses/softmax.ts";
import { createRandom } from "../src/tensor/random.ts";
import { encodeCheckpoint } from "../src/tensor/train/checkpoint.ts";
import { compileTraining } from "../src/tensor/train/compile.ts";
import { descent } from "../src/tensor/train/optimisers.ts";
import { runTraining } from "../src/tensor/train/run-training.ts";
import { constantRate } from "../src/tensor/train/schedules.ts";
import { openTrainer, type Trainer } from "../src/tensor/train/trainer.ts";

/** A training as a thread is given it: sizes that keep a core busy for a while at each step. */
export interface TrainingOrder {
  readonly steps: number;
  readonly threads: number;
  readonly batch: number;
}

const [items, width, classes] = [50, 256, 400];

/** Ids of few items, so that many rows of the table get several gradients; dropout too. */
const networkOf = (batch: number): Network => ({
  inputs: {
    ids: { type: "int32", shape: [batch] },
    labels: { type: "int32", shape: [batch] },
  },
  build: (scope, { ids, labels }) => {
    const x = embedding(scope.child("items"), ids, { rows: items, width });
    const wide = gelu(linear(scope.child("wide"), x, { width: 2 * width }));
    const narrow = linear(scope.child("narrow"), scope.dropout(wide, 0.1), { width });
    const logits = linear(scope.child("classes"), narrow, { width: classes });
    return { loss: crossEntropy(logits, labels, { weights: undefined }) };
  },
});

async function trained({ steps, threads, batch }: TrainingOrder): Promise<Trainer> {
  const how = { turns: 1, target: "native", clipExamplesTo: undefined } as const;
  const { program, initialValues } = compileTraining(networkOf(batch), how);
  const trainer = openTrainer({
    programs: { only: program },
    values: initialValues(3),
    optimiser: descent(0.9),
    schedule: constantRate(0.1),
    clipNorm: undefined,
    averageKeep: undefined,
    rows: "lazy",
    provider: "cpu",
    session: { threads, spins: false },
    sessionsMost: 1,
    seed: 3,
    memoryMost: 2 ** 28,
  });
  const drawn = (step: number, what: string, most: number): Int32Array => {
    const random = createRandom(3).split(`${what} ${step}`);
    return Int32Array.from({ length: batch }, () => random.int(most));
  };
  await runTraining({
    trainer,
    steps,
    batch: (step) => ({
      key: "only",
      values: { ids: drawn(step, "ids", items), labels: drawn(step, "labels", classes) },
      examples: batch,
    }),
    onStep: () => false,
    signal: undefined,
  });
  return trainer;
}

/** What the training ends with. */
export async function checkpointOf(order: TrainingOrder): Promise<Uint8Array> {
  const trainer = await trained(order);
  const bytes = encodeCheckpoint(trainer.state());
  await trainer.close();
  return bytes;
}

/** Of the first step: momentum begins with them. */
export async function gradientsOf(
  order: Omit<TrainingOrder, "steps">,
): Promise<ReadonlyMap<string, Float32Array>> {
  const trainer = await trained({ ...order, steps: 1 });
  const [moment] = trainer.state().moments;
  await trainer.close();
  return moment ?? new Map();
}
