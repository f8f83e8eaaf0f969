import { beforeAll, describe, expect, test } from "vitest";
import { createRunner } from "../../../tensor/conformance/run-network.ts";
import { inputOf, type Network } from "../../../tensor/graph/network.ts";
import { constant } from "../../../tensor/graph/tensor.ts";
import { zeros } from "../../../tensor/layers/initialisers.ts";
import { smallTraining } from "../conformance/small-training.ts";
import { type FittedBehaviour, fitBehaviour } from "../fit-behaviour.ts";
import { taughtLoss } from "../objective.ts";
import { studentOf } from "./distill.ts";

const [places, vocabulary, width] = [2, 3, 2];

/** Of a student whose states are given and whose items are the unit vectors and their sum. */
const unit = constant(Float32Array.of(1, 0, 0, 1, 1, 1), [vocabulary, width]);
const table = { whole: () => unit, rows: () => unit };
const teacherStates = constant(Float32Array.of(2, 0, -1, 1), [places, width]);

const network = (temperature: number): Network => ({
  inputs: {
    targets: { type: "int32", shape: [places] },
    weights: { type: "float32", shape: [places] },
  },
  build: (scope, given) => {
    const states = scope.parameter("states", [places, width], zeros);
    const questions = {
      targets: inputOf(given, "targets"),
      weights: inputOf(given, "weights"),
      negatives: undefined,
    };
    const teacher = { table, states: teacherStates };
    return { loss: taughtLoss({ table, states }, teacher, questions, temperature) };
  },
});

async function lossOf(states: number[], weights: number[], temperature: number): Promise<number> {
  const runner = await createRunner(network(temperature), 1);
  const { loss } = await runner.step({
    targets: { type: "int32", shape: [places], values: [0, 1] },
    weights: { type: "float32", shape: [places], values: weights },
    states: { type: "float32", shape: [places, width], values: states },
  });
  await runner.release();
  return loss as number;
}

const softmax = (logits: number[]): number[] => {
  const all = logits.map(Math.exp);
  const total = all.reduce((sum, one) => sum + one, 0);
  return all.map((one) => one / total);
};

describe("what a student loses against its teacher", () => {
  test("is the cross-entropy of their softened chances, by the temperature squared", async () => {
    const t = 2;
    // Logits of the teacher: [2, 0, 2] and [-1, 1, 0]; of the student: [0, 1, 1] and [1, 1, 2].
    const rows = [
      { said: [2, 0, 2], own: [0, 1, 1], weight: 1 },
      { said: [-1, 1, 0], own: [1, 1, 2], weight: 3 },
    ];
    const wanted = rows.reduce((sum, { said, own, weight }) => {
      const [p, q] = [said, own].map((logits) => softmax(logits.map((one) => one / t)));
      const cross = (p as number[]).reduce(
        (all, chance, at) => all - chance * Math.log((q as number[])[at] as number),
        0,
      );
      return sum + (weight * cross * t * t) / places;
    }, 0);
    // Single precision.
    expect(await lossOf([0, 1, 1, 1], [1, 3], t)).toBeCloseTo(wanted, 5);
  });

  test("is least where it says the same", async () => {
    const same = await lossOf([2, 0, -1, 1], [1, 1], 1);
    expect(await lossOf([2.2, 0, -1, 1], [1, 1], 1)).toBeGreaterThan(same);
    expect(await lossOf([2, 0, -1, 0.8], [1, 1], 1)).toBeGreaterThan(same);
  });
});

describe("a student", () => {
  const course = {
    ...smallTraining,
    shape: { ...smallTraining.shape, width: 16, blocks: 2, dropout: 0 },
    settings: { ...smallTraining.settings, epochsMost: 8, patience: 8, k: 1 },
  };
  let teacher: FittedBehaviour;
  beforeAll(async () => {
    teacher = await fitBehaviour(course);
  });

  test("has every other block of its teacher to begin with, and its items", () => {
    const { shape, student } = studentOf({ ...teacher, shape: { ...course.shape, blocks: 4 } }, 2);
    expect(shape.blocks).toBe(2);
    const { begin } = student;
    expect(begin.get("block0.norm1.scale")).toBe(teacher.parameters.get("block0.norm1.scale"));
    expect(begin.get("items")).toBe(teacher.parameters.get("items"));
    const from = new Map([["block2.norm1.scale", Float32Array.of(7)]]);
    const halved = studentOf({ shape: { ...course.shape, blocks: 4 }, parameters: from }, 2);
    expect(halved.student.begin.get("block1.norm1.scale")).toEqual(Float32Array.of(7));
  });

  test("answers nearly as well as its teacher with half the blocks", async () => {
    const { shape, student } = studentOf(teacher, 2);
    const fitted = await fitBehaviour({ ...course, shape, student });
    expect([...fitted.parameters.keys()].filter((name) => name.startsWith("block1"))).toEqual([]);
    expect(teacher.best.ndcg).toBeGreaterThan(0.8);
    expect(fitted.best.ndcg).toBeGreaterThan(0.9 * teacher.best.ndcg);
  });

  test("that is taught otherwise learns otherwise: the teacher is heard", async () => {
    const { shape, student } = studentOf(teacher, 2);
    const once = { ...course, shape, settings: { ...course.settings, epochsMost: 1 } };
    const heard = await fitBehaviour({ ...once, student });
    const wrong = new Map([...teacher.parameters].map(([name, all]) => [name, all.map((x) => -x)]));
    const misled = { ...student, teacher: { ...student.teacher, parameters: wrong } };
    const other = await fitBehaviour({ ...once, student: misled });
    expect(other.best.loss).toBeGreaterThan(1.05 * heard.best.loss);
  });
});
