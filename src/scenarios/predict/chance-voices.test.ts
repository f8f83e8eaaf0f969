import { describe, expect, test } from "vitest";
import { eventNames } from "../../collect/event.ts";
import { createRandom } from "../../tensor/random.ts";
import { type ChanceTask, chanceOf, fitChance } from "./chance-voices.ts";
import { COUNTED, countedNames } from "./counted.ts";
import { chanceHeads } from "./heads.ts";
import { fitNext } from "./next-voices.ts";
import { CALIBRATE, JUDGE, LEARN, type Slices, STOP } from "./slices.ts";
import { amountOf, fitValue } from "./value-voices.ts";

/** Moments in four slices; the first counted number says how probable it is. */
const MOMENTS = 2_400;
const random = createRandom(6);
const counted = new Float64Array(MOMENTS * COUNTED);
const truth = Float64Array.from({ length: MOMENTS }, () => random.uniform());
const happened = Uint8Array.from(truth, (p) => (random.bernoulli(p) ? 1 : 0));
truth.forEach((p, at) => {
  counted[at * COUNTED] = p;
});
const slices: Slices = {
  codes: Uint8Array.from({ length: MOMENTS }, (_, at) => {
    const share = at / MOMENTS;
    if (share < 0.55) return LEARN;
    if (share < 0.7) return STOP;
    return share < 0.85 ? CALIBRATE : JUDGE;
  }),
  isApart: true,
  reaching: new Uint8Array(MOMENTS),
};
const head = chanceHeads(30)[1] as ChanceTask["head"];
const task: ChanceTask = {
  head,
  twins: [],
  column: 0,
  slices,
  happened,
  counted,
  network: undefined,
  unfinished: null,
  segments: Array.from(truth, (p) => (p > 0.5 ? "regular" : "looker")),
  rows: Int32Array.from(truth, (_, at) => at),
  without: [],
  treesMost: 60,
  random: createRandom(1),
};

describe("the voices of a chance", () => {
  test("a network that knows no more than chance does not speak", () => {
    const noise = Float64Array.from(truth, () => random.uniform());
    const [{ voice, chosen }] = fitChance({ ...task, network: noise });
    expect(["trees", "logistic"]).toContain(voice);
    expect(chosen.network).toBeGreaterThan(chosen.rate ?? Number.POSITIVE_INFINITY);
  });

  test("one that knows more than was counted does", () => {
    const sure = Float64Array.from(happened, (yes) => 0.2 + 0.6 * yes);
    const [model] = fitChance({ ...task, network: sure });
    expect(model.voice).toBe("network");
    // It never errs: calibration makes it as sure as it may be.
    expect(chanceOf(model, counted, 0, 0.8)).toBeGreaterThan(0.97);
    expect(chanceOf(model, counted, 0, 0.2)).toBeLessThan(0.03);
  });

  test("outcomes that reach into the time that judges calibrate what serves, not what is judged", () => {
    const codes = [...slices.codes];
    const late = codes.lastIndexOf(CALIBRATE) - 100;
    const reaching = Uint8Array.from(codes, (code, at) => +(code === CALIBRATE && at > late));
    const turned = happened.map((yes, at) => (reaching[at] === 1 ? 1 - yes : yes));
    const [told, untold] = [turned, happened]
      .map((outcomes) =>
        fitChance({ ...task, happened: outcomes, slices: { ...slices, reaching } }),
      )
      .map(([model]) => model);
    expect(told?.judged).toEqual(untold?.judged);
    expect(told?.calibrator).not.toEqual(untold?.calibrator);
  });

  test("probabilities that are half of the truth are made right in size, by segment too", () => {
    const half = truth.map((p) => p / 2);
    const [model] = fitChance({ ...task, network: half, without: ["trees", "logistic"] });
    expect(model.voice).toBe("network");
    const { overall, segments } = model.judged;
    // Ten bins of 36 cases: chance alone makes about .07.
    expect(overall.ece).toBeLessThan(0.09);
    expect(Math.abs(overall.said - overall.rate)).toBeLessThan(0.05);
    expect(Object.keys(segments)).toEqual(["looker", "regular"]);
    expect(model.lift[0]?.lift).toBeGreaterThan(1.5);
    expect(chanceOf(model, counted, 0, 0.4)).toBeCloseTo(0.8, 1);
  });

  test("steps that remember persons do not calibrate: all moments of one are on one side", () => {
    // Eight moments of a person end alike; what is said of them is right in size.
    const count = 12_000;
    const lot = createRandom(3);
    const persons = Array.from({ length: count / 8 }, () => {
      const said = lot.uniform();
      return { said, came: lot.bernoulli(said) ? 1 : 0 };
    });
    const of = (at: number) => persons[Math.floor(at / 8)] as (typeof persons)[number];
    const places = Array.from({ length: count }, (_, at) => at);
    const slice = (at: number): number =>
      [LEARN, STOP, CALIBRATE, JUDGE][[0.55, 0.7, 0.85, 1].findIndex((to) => at < to * count)] ?? 0;
    const codes = Uint8Array.from(places, slice);
    const [model] = fitChance({
      ...task,
      slices: { codes, isApart: true, reaching: new Uint8Array(count) },
      happened: Uint8Array.from(places, (at) => of(at).came),
      counted: new Float64Array(count * COUNTED),
      network: Float64Array.from(places, (at) => of(at).said),
      segments: places.map(() => "regular"),
      rows: Int32Array.from(places, (at) => Math.floor(at / 8)),
      without: ["trees", "logistic"],
    });
    expect(model.voice).toBe("network");
    expect(model.calibrator.kind).not.toBe("isotonic");
  });

  test("a twin is judged as it answers: the opposite has the rates that are left to one", () => {
    const [other, same] = [3, 9].map((at) => chanceHeads(30)[at] as ChanceTask["head"]);
    const twins = [
      { head: other as ChanceTask["head"], twin: { of: 0, isOpposite: true } },
      { head: same as ChanceTask["head"], twin: { of: 0, isOpposite: false } },
    ];
    const [model, opposite, alike] = fitChance({ ...task, twins });
    const { rate, said, auc, logLoss } = model.judged.overall;
    expect(opposite?.head).toBe(other);
    expect(opposite?.usual).toBe(1 - model.usual);
    expect(opposite?.trees).toBeNull();
    const close = (value: number) => expect.closeTo(value, 9);
    const turned = { rate: close(1 - rate), said: close(1 - said) };
    const kept = { auc: close(auc), logLoss: close(logLoss) };
    expect(opposite?.judged.overall).toMatchObject({ ...turned, ...kept });
    // The first tenth of the one is the last of the other.
    expect(opposite?.lift[0]?.rate).toBeCloseTo(1 - (model.lift.at(-1)?.rate ?? 0), 9);
    expect(alike).toMatchObject({ head: same, usual: model.usual, judged: model.judged });
  });

  test("where it comes faster since, every chance is told at the pace of now", () => {
    // Asked half-way: the finished waited evenly, of the open nearly all have it already.
    const waits = Float64Array.from(happened, (yes, at) => (yes === 1 ? (at % 7) + 0.5 : 99));
    const open = Int32Array.from({ length: 700 }, (_, at) => at);
    for (const at of open) waits[at] = 1;
    const unfinished = {
      ...{ waits, open, ages: new Float64Array(MOMENTS).fill(3.5), days: 7, isSilence: false },
    };
    const [before] = fitChance(task);
    const [model] = fitChance({ ...task, unfinished });
    const pace = model.pace ?? 0;
    expect(pace).toBeGreaterThan(1.3);
    expect(model.usual).toBeCloseTo(1 - (1 - before.usual) ** pace, 9);
    const chance = chanceOf(before, counted, 5, 0);
    expect(chanceOf(model, counted, 5, 0)).toBeCloseTo(1 - (1 - chance) ** pace, 9);
    // What it is judged by is over, and of the pace of then.
    expect(model.judged).toEqual(before.judged);
    expect(before.pace).toBeUndefined();
  });

  test("where nothing is told, the rate speaks", () => {
    const [alike] = fitChance({ ...task, counted: new Float64Array(counted.length) });
    expect(alike.voice).toBe("rate");
    expect(chanceOf(alike, counted, 0, 0)).toBe(alike.usual);
    expect(alike.usual).toBeCloseTo(0.5, 1);
  });
});

describe("the voices of value and of what is next", () => {
  test("value is right in sum, and follows what was counted", () => {
    const values = truth.map((p) => (random.bernoulli(p) ? 4 * p : 0));
    const shared = { days: 30, slices, values, counted, without: [], treesMost: 60 };
    const alone = { network: undefined, buying: undefined, random: createRandom(2) };
    const model = fitValue({ ...shared, ...alone });
    expect(model?.voice).toBe("trees");
    const { mean = 0, said = 0, error = 1, errorOfMean = 0 } = model?.judged ?? {};
    expect(Math.abs(said / mean - 1)).toBeLessThan(0.15);
    expect(error).toBeLessThan(errorOfMean);
    const few = { ...shared, values: new Float64Array(MOMENTS) };
    expect(fitValue({ ...few, ...alone })).toBeNull();
    const [low, high] = [truth.indexOf(Math.min(...truth)), truth.indexOf(Math.max(...truth))];
    const amount = (at: number) =>
      model === null ? 0 : amountOf(model, counted, at, 0, new Float64Array());
    expect(amount(high)).toBeGreaterThan(amount(low) + 2);
  });

  test("the chance of an order times its worth speaks where both are known", () => {
    // Every shopper's orders are of one size; who has had more of them shows it the better.
    const [own, mean] = [countedNames.indexOf("orders"), countedNames.indexOf("mean_order")];
    const table = new Float64Array(MOMENTS * COUNTED);
    const worth = Float64Array.from(truth, () => Math.exp(random.normal()));
    worth.forEach((size, at) => {
      const orders = at % 10;
      table[at * COUNTED + own] = Math.log1p(orders);
      table[at * COUNTED + mean] = orders === 0 ? 0 : Math.log1p(size);
    });
    const values = truth.map((p, at) => (random.bernoulli(p) ? (worth[at] as number) : 0));
    const task = { days: 30, slices, values, counted: table, without: [], treesMost: 60 };
    const buying = { head: 1, chances: truth };
    const model = fitValue({ ...task, buying, network: undefined, random: createRandom(2) });
    expect(model?.voice).toBe("orders");
    const { trees = 0, orders = 1, rate } = model?.chosen ?? {};
    expect(orders).toBeLessThan(trees);
    expect(rate).toBe(1);
    const { said = 0, mean: came = 1 } = model?.judged ?? {};
    expect(Math.abs(said / came - 1)).toBeLessThan(0.15);
    const amount = (at: number, chance: number) =>
      model === null ? 0 : amountOf(model, table, at, 0, Float64Array.of(0, chance));
    expect(amount(9, 0.8)).toBeCloseTo(2 * amount(9, 0.4), 10);
    // Nine orders of a known size tell nearly all; of none the usual order is expected.
    expect(amount(9, 1) / amount(10, 1)).toBeCloseTo(
      (worth[9] as number) / (model?.orders?.usualOrder ?? 0),
      0,
    );
    expect(amount(10, 1)).toBeCloseTo(amount(20, 1), 10);
  });

  test("what follows an action is counted, and a surer network speaks", () => {
    const last = Uint8Array.from(truth, (_, at) => at % 2);
    const next = Int32Array.from(truth, (_, at) => (at % 2 === 0 ? 3 : 1 + (at % 3)));
    const model = fitNext({ slices, last, next, network: undefined });
    expect(model.voice).toBe("rate");
    expect(model.judged.accuracy).toBeGreaterThan(0.6);
    const choices = model.followers.length / eventNames.length;
    const sure = new Float32Array(MOMENTS * choices).fill(0.1 / choices);
    next.forEach((choice, at) => {
      sure[at * choices + choice] = 0.9;
    });
    expect(fitNext({ slices, last, next, network: sure }).voice).toBe("network");
  });
});
