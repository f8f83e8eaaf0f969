import { beforeAll, describe, expect, test } from "vitest";
import { emptyHistory, type Sequences } from "../../../algorithms/sequences.ts";
import { attends } from "../../../model/behaviour/architectures/architectures.ts";
import { openMatmul } from "../../../tensor/matmul.ts";
import { createRandom } from "../../../tensor/random.ts";
import type { Provider } from "../../../tensor/runtime/providers.ts";
import { architectureNames, type RecommendParams, recommendParamsSchema } from "../schema.ts";
import { type BehaviourModel, behaviour } from "./behaviour-source.ts";
import type { Learnable } from "./frame.ts";
import { contextHistory } from "./held-out.ts";
import type { Asked, Engine, Learning, ReadySource } from "./source.ts";

/** Shoppers walk round a wheel of twelve groups, each from where chance puts them. */
const WHEEL = 12;
const ROWS = 200;
const STEPS = 8;

function walks(): Sequences {
  const random = createRandom(3);
  const tokens = new Int32Array(ROWS * STEPS);
  for (let row = 0; row < ROWS; row++) {
    const first = random.int(WHEEL);
    for (let step = 0; step < STEPS; step++) tokens[row * STEPS + step] = (first + step) % WHEEL;
  }
  return {
    rows: ROWS,
    vocabulary: WHEEL,
    offsets: Int32Array.from({ length: ROWS + 1 }, (_, row) => row * STEPS),
    tokens,
    times: Float64Array.from(tokens, (_, at) => at),
    weights: new Float32Array(tokens.length).fill(1),
  };
}

const nothing = { rows: 0, offsets: Int32Array.of(0), columns: new Int32Array(0) };
const learnable = (persons: Sequences): Learnable => ({
  asOf: 1,
  persons,
  sessions: persons,
  baskets: persons,
  bought: persons,
  bags: { ...nothing, values: new Float32Array(0) } as Learnable["bags"],
});
const params = recommendParamsSchema.parse({
  behaviour: { width: 32, length: 8, dropout: 0, epochsMost: 25 },
}) as RecommendParams;
const asked = (...tokens: number[]): Asked => ({
  history: contextHistory(Int32Array.from(tokens), 1),
  bought: emptyHistory(1),
});
const trials = Array.from({ length: 40 }, (_, at) => ({
  history: asked(at % WHEEL, (at + 1) % WHEEL).history,
  target: (at + 2) % WHEEL,
}));

async function learn(
  report: Learning[] = [],
  {
    provider = "cpu",
    wanted = params,
    persons = walks(),
  }: { provider?: Provider; wanted?: RecommendParams; persons?: Sequences } = {},
): Promise<BehaviourModel> {
  const matmul = openMatmul({ threads: 1 });
  const engine: Engine = {
    matmul,
    random: createRandom(1),
    seed: 1,
    provider,
    threads: 1,
    trials: { questions: trials, filterSeen: false },
    report: (progress) => report.push(progress),
  };
  const [judged] = await behaviour.fit(learnable(persons), wanted, [0], engine);
  const model = await behaviour.refit?.(learnable(persons), wanted, judged, engine);
  await matmul.close();
  return model as BehaviourModel;
}

const bestOf = (scores: Float32Array): number => scores.indexOf(Math.max(...scores));

describe("the behaviour model as a source", () => {
  const said: Learning[] = [];
  let model: BehaviourModel;
  let ready: ReadySource;
  beforeAll(async () => {
    model = await learn(said);
    ready = behaviour.ready(model, "cpu");
  });

  test("knows what comes next on the wheel, for many questions read at once", async () => {
    const questions = Array.from({ length: WHEEL }, (_, at) => asked(at, (at + 1) % WHEEL));
    await ready.read?.(questions, false);
    const out = new Float32Array(WHEEL);
    const found = questions.map((question) => {
      ready.scoreInto(question, out);
      return bestOf(out);
    });
    expect(found).toEqual(questions.map((_, at) => (at + 2) % WHEEL));
    expect(Math.max(...out)).toBe(1);
    expect(Math.min(...out)).toBeGreaterThan(0);
  });

  test("the action that led there is named by leaving it out", async () => {
    const question = asked(7, 2, 3);
    await ready.read?.([question], true);
    const { from, parts } = ready.explain(question, 4);
    expect(from).toBe("history");
    expect(parts).toHaveLength(3);
    expect(parts[2]).toBeGreaterThan(parts[0] as number);
    expect(parts[2]).toBeGreaterThan(0);
  });

  test("who asks the same is told the same, and why where that was not asked before", async () => {
    const [first, second] = [asked(8, 9), asked(8, 9)];
    const [one, other] = [new Float32Array(WHEEL), new Float32Array(WHEEL)];
    await ready.read?.([first], false);
    ready.scoreInto(first, one);
    await ready.read?.([asked(3), second], true);
    ready.scoreInto(second, other);
    expect(other).toEqual(one);
    expect(ready.explain(second, 10).parts[1]).toBeGreaterThan(0);
  });

  test("says nothing of who did nothing", async () => {
    const question = asked();
    await ready.read?.([question], true);
    const out = new Float32Array(WHEEL).fill(9);
    ready.scoreInto(question, out);
    expect(out).toEqual(new Float32Array(WHEEL));
    expect(ready.explain(question, 4).parts).toHaveLength(0);
  });

  test("released, it still answers who began with it", async () => {
    const own = behaviour.ready(model, "cpu");
    const question = asked(1, 2);
    await own.read?.([question], false);
    const before = new Float32Array(WHEEL);
    own.scoreInto(question, before);
    const reading = own.read?.([question], false);
    await own.release?.();
    await reading;
    await own.read?.([question], false);
    const after = new Float32Array(WHEEL);
    own.scoreInto(question, after);
    expect(after).toEqual(before);
    await own.release?.();
  });

  test("same seed, same bytes; and it says how far it is, judging and refitting", async () => {
    expect(await learn()).toEqual(model);
    expect(model.epochs).toBeGreaterThan(1);
    expect(said.at(0)).toMatchObject({ done: 1, total: 25 });
    expect(said.at(-1)).toMatchObject({ done: model.epochs, total: model.epochs });
  });

  test("learned and asked by WebAssembly it answers as by native code", async () => {
    const wanted = { ...params, behaviour: { ...params.behaviour, epochsMost: 2 } };
    const scores = await Promise.all(
      (["cpu", "wasm"] as const).map(async (provider) => {
        const own = behaviour.ready(await learn([], { provider, wanted }), provider);
        const question = asked(3, 4);
        await own.read?.([question], false);
        const out = new Float32Array(WHEEL);
        own.scoreInto(question, out);
        await own.release?.();
        return out;
      }),
    );
    const [native, web] = scores as [Float32Array, Float32Array];
    expect(new Set(native).size).toBe(WHEEL);
    const gaps = web.map((score, token) => Math.abs(score - (native[token] as number)));
    // Shares of the likeliest, 0..1. Sums are taken in another order: measured 5e-7, and not 0.
    expect(Math.max(...gaps)).toBeLessThan(1e-5);
    expect(web).not.toEqual(native);
  });

  test("declines what is too little or too wide, in words", () => {
    const few = { ...walks(), rows: 70 };
    const why = "490 actions that follow another are fewer than 500";
    expect(behaviour.unfit(learnable(few), params)).toBe(why);
    const wide = { ...walks(), vocabulary: 10_000_000 };
    expect(behaviour.unfit(learnable(wide), params)).toMatch(/lower behaviour.width/);
    expect(behaviour.unfit(learnable(walks()), params)).toBeUndefined();
  });
});

describe("what is told of an action beside its item", () => {
  /** A strong action goes three groups on, a weak one a single one; the second half of a row is late. */
  function strides(): Sequences {
    const random = createRandom(5);
    const persons = walks();
    const weights = persons.weights.map(() => (random.int(2) === 0 ? 1 : 3));
    const tokens = persons.tokens.map((token) => token);
    for (let at = 0; at < tokens.length; at++) {
      if (at % STEPS === 0) continue;
      tokens[at] = ((tokens[at - 1] as number) + (weights[at - 1] as number)) % WHEEL;
    }
    return { ...persons, tokens, weights };
  }
  const wanted = recommendParamsSchema.parse({
    behaviour: { ...params.behaviour, tells: ["gap", "strength", "time"] },
  });

  test("how strong it was says what comes next", async () => {
    const model = await learn([], { wanted, persons: strides() });
    expect(model.shape.context?.strengths).toEqual([1, 3]);
    const ready = behaviour.ready(model, "cpu");
    const questions = [1, 3].map((strength): Asked => {
      const { history, bought } = asked(4, 5);
      return { history: { ...history, weights: Float32Array.of(1, strength) }, bought };
    });
    await ready.read?.(questions, false);
    const out = new Float32Array(WHEEL);
    const found = questions.map((question) => {
      ready.scoreInto(question, out);
      return bestOf(out);
    });
    expect(found).toEqual([6, 8]);
    await ready.release?.();
  });

  test.each(architectureNames)(
    "time is told to a body that attends, and to no other: %s",
    (name) => {
      const { error } = recommendParamsSchema.safeParse({
        behaviour: { architecture: name, tells: ["time"] },
      });
      const refused = error?.issues.map(({ path }) => path.join(".")) ?? [];
      expect(refused).toEqual(attends(name) ? [] : ["behaviour.tells"]);
    },
  );
});
