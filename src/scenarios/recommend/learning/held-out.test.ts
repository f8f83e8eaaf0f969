import { describe, expect, test } from "vitest";
import { type RecommendParams, recommendParamsSchema } from "../schema.ts";
import type { RecommendFrame } from "./frame.ts";
import { holdOut } from "./held-out.ts";

const params = recommendParamsSchema.parse({}) as RecommendParams;

/** @shape rows: token, session, order (-1: not bought) */
function frameOf(rows: readonly (readonly [number, number, number])[][]): RecommendFrame {
  const all = rows.flat();
  const offsets = [0];
  for (const row of rows) offsets.push((offsets.at(-1) ?? 0) + row.length);
  return {
    shop: "x",
    asOf: 1_000,
    groups: ["a", "b", "c", "d", "e"],
    sequences: {
      rows: rows.length,
      vocabulary: 5,
      offsets: Int32Array.from(offsets),
      tokens: Int32Array.from(all, ([token]) => token),
      times: Float64Array.from(all, (_, at) => at),
      weights: new Float32Array(all.length).fill(1),
    },
    sessions: Int32Array.from(all, ([, session]) => session),
    baskets: Int32Array.from(all, ([, , order]) => order),
    bags: {
      rows: 5,
      width: 0,
      offsets: new Int32Array(6),
      columns: new Int32Array(0),
      values: new Float32Array(0),
    },
    features: [],
    prices: {},
  };
}

describe("held-out questions", () => {
  test("the last action with its repeats is hidden, and not learned from", () => {
    const held = holdOut(
      frameOf([
        [
          [0, 0, -1],
          [1, 0, -1],
          [2, 0, -1],
          [2, 0, -1],
        ],
      ]),
      params,
      1,
    );
    expect([...held.learn.persons.tokens]).toEqual([0, 1]);
    const [next] = held.questions.next;
    expect([...(next?.asked.history.tokens ?? [])]).toEqual([0, 1]);
    expect([...(next?.targets ?? [])]).toEqual([2]);
    expect(next?.asked.history.now).toBe(2);
    const [item] = held.questions.item;
    expect([...(item?.asked.history.tokens ?? [])]).toEqual([1]);
  });

  test("an order is hidden whole; its first half asks for the rest", () => {
    const row: [number, number, number][] = [
      [0, 0, -1],
      [1, 0, 0],
      [2, 0, 0],
      [3, 0, 0],
    ];
    const held = holdOut(frameOf([row]), params, 1);
    expect([...(held.questions.next[0]?.targets ?? [])]).toEqual([1, 2, 3]);
    const [basket] = held.questions.basket;
    expect([...(basket?.asked.history.tokens ?? [])]).toEqual([1, 2]);
    expect([...(basket?.targets ?? [])]).toEqual([3]);
    expect(held.learn.bought.tokens).toHaveLength(0);
  });

  test("of a person with two sessions the last is hidden, and asked for in both ways", () => {
    const row: [number, number, number][] = [
      [0, 0, -1],
      [1, 1, -1],
      [1, 1, -1],
      [2, 1, -1],
    ];
    const { learn, questions } = holdOut(frameOf([row]), params, 1);
    expect([...learn.persons.tokens]).toEqual([0]);
    expect([...(questions.session[0]?.targets ?? [])]).toEqual([1, 2]);
    expect([...(questions.session[0]?.asked.history.tokens ?? [])]).toEqual([0]);
    expect([...(questions.next[0]?.targets ?? [])]).toEqual([2]);
    expect([...(questions.next[0]?.asked.history.tokens ?? [])]).toEqual([0, 1]);
  });

  test("of a person with one session the last action is hidden, and no session asked for", () => {
    const row: [number, number, number][] = [
      [0, 0, -1],
      [1, 0, -1],
      [2, 0, -1],
    ];
    const { learn, questions } = holdOut(frameOf([row]), params, 1);
    expect([...learn.persons.tokens]).toEqual([0, 1]);
    expect(questions.session).toEqual([]);
    expect(questions.next).toHaveLength(1);
  });

  test("what was bought before and is bought again is asked for again", () => {
    const row: [number, number, number][] = [
      [0, 0, 0],
      [1, 1, -1],
      [0, 2, 1],
      [3, 2, 1],
    ];
    const held = holdOut(frameOf([row]), params, 1);
    expect([...(held.questions.repeat[0]?.targets ?? [])]).toEqual([0]);
    expect(held.repeatShare).toBe(0.5);
    expect(held.rebuyShare).toBe(0.5);
  });

  test("who did one thing alone is learned from and not asked about", () => {
    const held = holdOut(frameOf([[[4, 0, -1]], []]), params, 1);
    expect(Object.values(held.questions).flat()).toEqual([]);
    expect([...held.learn.persons.tokens]).toEqual([4]);
  });

  test("where repeats are asked for, the last action is hidden without those before it", () => {
    const row: [number, number, number][] = [
      [0, 0, -1],
      [2, 0, -1],
      [2, 0, -1],
    ];
    const held = holdOut(frameOf([row]), { ...params, askRepeats: true }, 1);
    expect([...held.learn.persons.tokens]).toEqual([0, 2]);
    expect([...(held.questions.next[0]?.targets ?? [])]).toEqual([2]);
    expect([...(held.questions.next[0]?.asked.history.tokens ?? [])]).toEqual([0, 2]);
  });

  test("of histories of one length the latest are asked about", () => {
    const rows = Array.from({ length: 40 }, (_, at): [number, number, number][] =>
      Array.from({ length: 2 + (at % 2) }, (_, place) => [(at + place) % 5, at, -1]),
    );
    const { questions } = holdOut(frameOf(rows), { ...params, blendCasesMax: 10 }, 1);
    const moments = questions.next.map(({ asked }) => asked.history.now);
    // 100 places in all; the five latest rows of either length are the last ten rows.
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(75);
    expect(questions.next.filter(({ asked }) => asked.history.tokens.length === 1)).toHaveLength(5);
  });

  test("no more persons are asked about than wanted, the same ones for the same seed", () => {
    const rows = Array.from({ length: 50 }, (_, at): [number, number, number][] => [
      [at % 5, at, -1],
      [(at + 1) % 5, at, -1],
    ]);
    const frame = frameOf(rows);
    frame.sequences.times.fill(7);
    const some = { ...params, blendCasesMax: 10 };
    const drawn = (seed: number) =>
      holdOut(frame, some, seed).questions.next.map(({ targets }) => targets[0]);
    expect(drawn(1)).toHaveLength(10);
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });
});
