import { tmpdir } from "node:os";
import { countColumns } from "../../../algorithms/csr.ts";
import { fileTables } from "../../../storage/engines/file-tables.ts";
import { createRandom } from "../../../tensor/random.ts";
import { compileTraining } from "../../../tensor/train/compile.ts";
import { publishedSet } from "../../behaviour/conformance/asked-sets.ts";
import { tokensOf } from "../../behaviour/context.ts";
import type { TrainingSettings } from "../../behaviour/fit-behaviour.ts";
import { type NegativeSampler, negativeSampler } from "../../behaviour/negatives.ts";
import { type NetworkShape, trainingNetwork } from "../../behaviour/network.ts";
import { packSequences } from "../../behaviour/packing.ts";
import { behaviourCard } from "../behaviour-card.ts";
import { type TrainingPlan, writeLeaving } from "../exchange-folder.ts";
import { fingerprintOf, type Lesson } from "../lesson.ts";
import { servingGraph, weightsOf } from "../serving-graph.ts";

/** Amazon Beauty as a version that leaves before it has learned anything, for benches. */
export interface Course {
  readonly folder: string;
  readonly plan: TrainingPlan;
  readonly lesson: Lesson;
  readonly sampler: NegativeSampler;
  /** First values of the parameters. @shape by name */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Questions of an epoch. */
  readonly questions: number;
}

const SEED = 1;
const TINY_ROWS = 150;
const shapeOf = (vocabulary: number): NetworkShape => ({
  ...{ vocabulary, width: 64, blocks: 1, heads: 1, length: 50, hidden: 256, dropout: 0.35 },
  positions: "relative",
});
/** As `behaviour` trains Beauty. */
const settings: TrainingSettings = {
  ...{ rows: 32, turns: 1, negatives: 256, corrects: false, chunk: 1_600 },
  sampling: { power: 1, uniformShare: 1 },
  ...{ learningRate: 1e-3, warmUpSteps: 100, decay: 0, clipNorm: 5 },
  ...{ epochsMost: 80, patience: 8, k: 10, filterSeen: true },
};

export async function leaveCourse(root: string, folder: string, tiny: boolean): Promise<Course> {
  const rowsMost = tiny ? TINY_ROWS : Number.MAX_SAFE_INTEGER;
  const set = await publishedSet(root, "amazon-beauty", rowsMost);
  const { train, trainAndValidation, validation } = set;
  const lesson: Lesson = {
    groups: Array.from({ length: train.vocabulary }, (_, token) => String(token)),
    ...{ learn: train, all: trainAndValidation },
    questions: validation.map(({ history, target }) => ({ history: tokensOf(history), target })),
  };
  const rows = tiny ? 2 : settings.rows;
  const shape = shapeOf(train.vocabulary);
  const fingerprint = fingerprintOf(lesson);
  const plan: TrainingPlan = {
    ...{ format: 1, shop: "published", version: "behaviour-000001", asOf: 1, seed: SEED },
    ...{ fingerprint, shape, settings: { ...settings, rows, chunk: rows * shape.length } },
  };
  const network = trainingNetwork(shape, { negatives: 256, logQ: undefined, chunk: 0 }, rows);
  const how = { turns: 1, target: "native", clipExamplesTo: undefined } as const;
  const values = compileTraining(network, how).initialValues(SEED);
  await leave(folder, plan, lesson, values);
  const packed = packSequences(train, { length: shape.length, openRows: 64 }, createRandom(SEED));
  const counts = countColumns(train.tokens, train.vocabulary);
  const sampler = negativeSampler(counts, settings.sampling);
  return { folder, plan, lesson, sampler, values, questions: packed.questions };
}

async function leave(
  folder: string,
  plan: TrainingPlan,
  lesson: Lesson,
  values: Course["values"],
): Promise<void> {
  const tables = fileTables({
    ...{ memoryMib: 512, threads: 2, temporary: tmpdir() },
    ...{ maxLineBytes: 1_048_576, maxBadLines: 0 },
  });
  const serving = await servingGraph(plan.shape);
  const { shop, version, asOf, seed } = plan;
  const card = behaviourCard({
    version: {
      ...{ shop, version, asOf, seed, scenario: "behaviour", createdAt: 1, params: {} },
      ...{ dataFingerprint: plan.fingerprint, blob: "", bytes: 0, metrics: {}, fitSeconds: 0 },
    },
    serving,
    data: { rows: lesson.all.tokens.length, fingerprint: plan.fingerprint },
    measured: [],
  });
  const model = { card, graph: serving.graph, weights: weightsOf(serving, values) };
  await writeLeaving(folder, { plan, model, lesson }, tables);
  await tables.close();
}
