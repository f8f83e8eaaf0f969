import { readFileSync } from "node:fs";
import { assert } from "../../assert.ts";
import type { CardData, CardMetric } from "../../tensor/interchange/model-card.ts";
import type { ModelToSave } from "../../tensor/interchange/saved-model.ts";
import type { OnnxValue } from "../../tensor/onnx/format.ts";
import type { ModelVersion } from "../registry.ts";
import type { ServingGraph } from "./serving-graph.ts";

/** A mean over so many held-out questions. */
export interface Measured {
  readonly name: string;
  /** @unit 0..1 */
  readonly value: number;
  readonly cases: number;
}

export interface Card {
  readonly version: ModelVersion;
  readonly serving: ServingGraph;
  readonly data: Omit<CardData, "name">;
  readonly measured: readonly Measured[];
}

const LEVEL = 0.95;
const units: Readonly<Record<string, string>> = {
  tokens: "number of a group, see groups.parquet; 0 at padding",
  segments: "number of the history within its row, from 1; 0 is padding",
  positions: "place within the history, from 0",
  last: "place of each row's last action, counted through all rows",
  state: "numbers; their product with a row of items is that group's logit",
};

/** What a reader must know of a behaviour model that leaves. */
export function behaviourCard({ version, serving, data, measured }: Card): ModelToSave["card"] {
  const { graph, shapes } = serving;
  return {
    name: "behaviour",
    version: version.version,
    createdAt: version.createdAt,
    frameworkVersion: `shopkeeper ${ownVersion()}`,
    inputs: graph.inputs.filter(({ name }) => !shapes.has(name)).map(cardValue),
    outputs: graph.outputs.map(cardValue),
    trainingData: { name: `the log of shop ${version.shop} before ${version.asOf}`, ...data },
    protocol:
      `seed ${version.seed}; the last thing each person did is held out and the whole catalogue ranked; ` +
      "measured of a model that did not see it, before this one learned from everything",
    metrics: measured.filter(({ cases }) => cases > 0).map(metricOf),
    intendedUse: "to rank what a shopper does next by what they did, and to be trained further",
    limits: [
      "knows groups by their ids alone: nothing of a group that came later",
      "holds no person, but was learned from persons: withdraw it when one of them is erased",
      "the intervals are Hoeffding's, which hold for any mean between 0 and 1: wider than need be",
    ],
  };
}

function cardValue({ name, shape }: OnnxValue): ModelToSave["card"]["inputs"][number] {
  const unit = units[name];
  assert(unit !== undefined, `it is known what ${name} counts`);
  return { name, shape, unit };
}

/** Source: Hoeffding 1963, theorem 1, both sides. */
function metricOf({ name, value, cases }: Measured): CardMetric {
  const reach = Math.sqrt(Math.log(2 / (1 - LEVEL)) / (2 * cases));
  const [low, high] = [Math.max(0, value - reach), Math.min(1, value + reach)];
  return { name, value, low, high, level: LEVEL };
}

const ownVersion = (): string => {
  const manifest = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
};
