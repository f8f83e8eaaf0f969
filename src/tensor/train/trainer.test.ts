import { describe, expect, test } from "vitest";
import { isProblem } from "../../errors.ts";
import type { Network } from "../graph/network.ts";
import { meanAll, reshape, sumAll } from "../graph/primitives/arrange.ts";
import { log, multiply, square, subtract } from "../graph/primitives/elementwise.ts";
import { affine } from "../graph/primitives/linear.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import { compileTraining } from "./compile.ts";
import { adagrad, adam, adamW, descent, type Optimiser } from "./optimisers.ts";
import { constantRate } from "./schedules.ts";
import { openTrainer, type Trainer, type TrainerOptions, type TrainerState } from "./trainer.ts";

const exactly = (values: readonly number[]) => () => Float32Array.from(values);

/** loss = sum of (w - goal)^2, whose gradient is 2 (w - goal). */
const bowl: Network = {
  inputs: { goal: { type: "float32", shape: [3] } },
  build: (scope, { goal }) => {
    const w = scope.parameter("w", [3], exactly([1, -2, 0.5]));
    return { loss: sumAll(square(subtract(w, goal))) };
  },
};

/** A table of two columns, of which a batch names three rows. */
const table: Network = {
  inputs: { ids: { type: "int32", shape: [3] } },
  build: (scope, { ids }) => {
    const rows = scope.parameter("rows", [5, 2], exactly([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    return { loss: sumAll(square(gatherRows(rows, ids))) };
  },
};

const options = (network: Network, more: Partial<TrainerOptions>): TrainerOptions => {
  const { program, initialValues } = compileTraining(network, {
    turns: 1,
    target: "native",
    clipExamplesTo: undefined,
  });
  return {
    programs: { only: program },
    values: initialValues(1),
    optimiser: adam,
    schedule: constantRate(0.1),
    clipNorm: undefined,
    averageKeep: undefined,
    rows: "lazy",
    provider: "cpu",
    session: { threads: 1, spins: false },
    sessionsMost: 2,
    seed: 1,
    memoryMost: 2 ** 24,
    ...more,
  };
};

async function with_<T>(made: TrainerOptions, use: (trainer: Trainer) => Promise<T>): Promise<T> {
  const trainer = openTrainer(made);
  try {
    return await use(trainer);
  } finally {
    await trainer.close();
  }
}

/** The rules in float64, as PyTorch's documentation gives them. */
function expectedAfter(optimiser: Optimiser, steps: number, goal: readonly number[]): number[] {
  return [1, -2, 0.5].map((first, at) => {
    let [w, m, v] = [first, 0, 0];
    for (let t = 1; t <= steps; t++) {
      const g = 2 * (w - (goal[at] as number));
      switch (optimiser.kind) {
        case "adam": {
          const { beta1, beta2, epsilon, decay } = optimiser;
          m = beta1 * m + (1 - beta1) * g;
          v = beta2 * v + (1 - beta2) * g * g;
          w -= 0.1 * decay * w;
          w -= (0.1 * (m / (1 - beta1 ** t))) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
          break;
        }
        case "adagrad":
          v += g * g;
          w -= (0.1 * g) / (Math.sqrt(v) + optimiser.epsilon);
          break;
        case "descent":
          m = optimiser.momentum * m + g;
          w -= 0.1 * (optimiser.nesterov ? g + optimiser.momentum * m : m);
          break;
      }
    }
    return w;
  });
}

describe("optimisers", () => {
  const nesterov = { ...descent(0.9), nesterov: true } as Optimiser;
  test.each([
    ["adam", adam],
    ["adam with decay", adamW(0.3)],
    ["adagrad", adagrad],
    ["descent", descent(0)],
    ["momentum", descent(0.9)],
    ["momentum looking ahead", nesterov],
  ])("%s moves as its rule says", async (_, optimiser) => {
    const goal = [0.3, 0.7, -1];
    await with_(options(bowl, { optimiser }), async (trainer) => {
      for (let step = 0; step < 4; step++) {
        await trainer.train("only", { goal: Float32Array.from(goal) });
      }
      const found = [...(trainer.parameters().get("w") ?? [])];
      expectedAfter(optimiser, 4, goal).forEach((value, at) => {
        expect(found[at]).toBeCloseTo(value, 5);
      });
    });
  });

  test("the first step of adam is the learning rate towards the goal, whatever the slope", async () => {
    await with_(options(bowl, {}), async (trainer) => {
      const report = await trainer.train("only", { goal: Float32Array.of(0, 0, 0) });
      expect([...(trainer.parameters().get("w") ?? [])].map((w) => w.toFixed(4))).toEqual([
        "0.9000",
        "-1.9000",
        "0.4000",
      ]);
      // Gradient (2, -4, 1): norm sqrt(21); loss 1 + 4 + 0.25.
      expect(report.gradientNorm).toBeCloseTo(Math.sqrt(21), 5);
      expect(report.metrics["loss"]).toBeCloseTo(5.25, 5);
    });
  });
});

describe("rows of a table", () => {
  const ids = Int32Array.of(1, 3, 1);
  test("a row named twice gets both; rows not named rest where rows are lazy", async () => {
    const rule = { optimiser: descent(0) };
    await with_(options(table, rule), async (trainer) => {
      await trainer.train("only", { ids });
      // Slope 2 w, twice for row 1: w - 0.1 * 4 w = 0.6 w; row 3: 0.8 w.
      const found = [...(trainer.parameters().get("rows") ?? [])].map((w) => w.toFixed(3));
      expect(found).toEqual(
        [1, 2, 1.8, 2.4, 5, 6, 5.6, 6.4, 9, 10].map((value) => value.toFixed(3)),
      );
    });
  });

  test("lazy adam leaves rows without a gradient; dense adam moves them on by their moments", async () => {
    const twoSteps = (rows: "lazy" | "dense") =>
      with_(options(table, { rows }), async (trainer) => {
        await trainer.train("only", { ids });
        await trainer.train("only", { ids: Int32Array.of(0, 0, 0) });
        return [...(trainer.parameters().get("rows") ?? [])];
      });
    const [lazy, dense] = [await twoSteps("lazy"), await twoSteps("dense")];
    expect(lazy[2]).toBeCloseTo(2.9, 5);
    expect(dense[2]).toBeLessThan(2.85);
    expect(dense[8]).toBe(9);
  });

  test("their gradient norm adds what falls on one row before it is squared", async () => {
    await with_(options(table, {}), async (trainer) => {
      const { gradientNorm } = await trainer.train("only", { ids });
      // Row 1 (3, 4): 2 * 2 w = (12, 16); row 3 (7, 8): (14, 16).
      expect(gradientNorm).toBeCloseTo(Math.sqrt(12 ** 2 + 16 ** 2 + 14 ** 2 + 16 ** 2), 4);
    });
  });
});

describe("a trainer", () => {
  test("clips by the norm of all gradients", async () => {
    const made = options(bowl, { optimiser: descent(0), clipNorm: 1 });
    await with_(made, async (trainer) => {
      await trainer.train("only", { goal: Float32Array.of(0, 0, 0) });
      const [w] = trainer.parameters().get("w") ?? [];
      expect(w).toBeCloseTo(1 - (0.1 * 2) / Math.sqrt(21), 5);
    });
  });

  test("keeps running averages", async () => {
    const made = options(bowl, { optimiser: descent(0), averageKeep: 0.75 });
    await with_(made, async (trainer) => {
      await trainer.train("only", { goal: Float32Array.of(0, 0, 0) });
      // From 1 to 0.8: 0.75 * 1 + 0.25 * 0.8.
      expect(trainer.averages()?.get("w")?.[0]).toBeCloseTo(0.95, 5);
    });
  });

  test("taken up from its state it goes on byte by byte", async () => {
    const goal = Float32Array.of(0.3, 0.7, -1);
    const made = options(bowl, { averageKeep: 0.9 });
    await with_(made, async (trainer) => {
      await trainer.train("only", { goal });
      await trainer.train("only", { goal });
      const state = trainer.state();
      await trainer.train("only", { goal });
      await with_(made, async (other) => {
        other.restore(state);
        await other.train("only", { goal });
        expect(other.step).toBe(3);
        expect(other.state()).toEqual(trainer.state());
      });
    });
  });

  test("a step that meets a number that is none changes nothing and says where", async () => {
    const bad: Network = {
      inputs: { x: { type: "float32", shape: [2] }, ids: { type: "int32", shape: [1] } },
      build: (scope, { x, ids }) => {
        const w = scope.parameter("w", [2], exactly([1, 1]));
        const rows = scope.parameter("rows", [2, 2], exactly([1, 1, 1, 1]));
        const logs = log(multiply(w, x));
        return { loss: meanAll(multiply(logs, reshape(gatherRows(rows, ids), [2]))) };
      },
    };
    await with_(options(bad, {}), async (trainer) => {
      await trainer.train("only", { x: Float32Array.of(2, 3), ids: Int32Array.of(1) });
      const before = trainer.state();
      const error = await trainer
        .train("only", { x: Float32Array.of(-1, 1), ids: Int32Array.of(0) })
        .then(undefined, (thrown: unknown) => thrown);
      expect(isProblem(error) && error.code).toBe("diverged");
      expect(String(error)).toMatch(/step 2: loss is not a finite number/);
      expect(trainer.state()).toEqual(before);
      const x = Float32Array.of(2, 3);
      const again = await trainer.train("only", { x, ids: Int32Array.of(0) });
      expect(again.step).toBe(2);
      // The row of the step that was refused moves like any other.
      expect(trainer.parameters().get("rows")?.[0]).not.toBe(before.parameters.get("rows")?.[0]);
      expect(Number.isFinite(again.gradientNorm)).toBe(true);
    });
  });

  test("a state of another optimiser or network is a problem, and nothing is changed", async () => {
    const made = options(bowl, { optimiser: descent(0.9) });
    const foreign = await with_(options(bowl, { optimiser: adagrad }), async (one) => one.state());
    await with_(made, async (trainer) => {
      const before = trainer.state();
      const codeOf = (state: TrainerState): unknown => {
        try {
          trainer.restore(state);
        } catch (error) {
          return isProblem(error) && `${error.code}: ${error.message}`;
        }
        return "taken";
      };
      expect(codeOf(foreign)).toMatch(/^invalid-model-file.*adagrad.*descent/);
      const short = new Map([["w", new Float32Array(2)]]);
      expect(codeOf({ ...before, moments: [short] })).toMatch(/2 values for w, not 3/);
      expect(codeOf({ ...before, parameters: new Map() })).toMatch(/nothing for w/);
      expect(trainer.state()).toEqual(before);
    });
  });

  test("an index below 0 and two steps at once are refused, and nothing is changed", async () => {
    await with_(options(table, {}), async (trainer) => {
      const before = trainer.state();
      const ids = Int32Array.of(1, -1, 2);
      await expect(trainer.train("only", { ids })).rejects.toThrow(/a row for every index/);
      expect(trainer.state()).toEqual(before);
      const batch = { ids: Int32Array.of(1, 2, 3) };
      const first = trainer.train("only", batch);
      await expect(trainer.train("only", batch)).rejects.toThrow(/awaited before the next/);
      expect((await first).step).toBe(1);
    });
  });

  test("programs of other batch shapes share the parameters; few are open at once", async () => {
    const of = (rows: number): Network => ({
      inputs: { x: { type: "float32", shape: [rows, 2] } },
      build: (scope, { x }) => {
        const weight = scope.parameter("weight", [2, 1], exactly([1, 2]));
        const bias = scope.parameter("bias", [1], exactly([0]));
        return { loss: meanAll(square(affine(x, weight, bias))) };
      },
    });
    const program = (rows: number) =>
      compileTraining(of(rows), { turns: 1, target: "native", clipExamplesTo: undefined }).program;
    const made = options(of(1), {
      programs: { one: program(1), two: program(2) },
      sessionsMost: 1,
    });
    await with_(made, async (trainer) => {
      const first = await trainer.train("one", { x: Float32Array.of(1, 1) });
      const second = await trainer.train("two", { x: Float32Array.of(1, 1, 1, 1) });
      const third = await trainer.train("one", { x: Float32Array.of(1, 1) });
      expect(second.metrics["loss"]).toBeLessThan(first.metrics["loss"] as number);
      expect(third.metrics["loss"]).toBeLessThan(second.metrics["loss"] as number);
      expect(third.step).toBe(3);
    });
  });

  test("more memory than allowed is refused before it starts, with both numbers", () => {
    const made = options(bowl, { memoryMost: 1_000 });
    expect(() => openTrainer(made)).toThrow(/needs \d KiB of memory and may take 1 KiB/);
  });
});
