import { describe, expect, test } from "vitest";
import { openHistoryMemo } from "./history-memo.ts";
import type { History } from "./sequences.ts";

const history = (tokens: readonly number[], weight = 1, at = 5, now = 9): History => ({
  tokens: Int32Array.from(tokens),
  weights: new Float32Array(tokens.length).fill(weight),
  times: new Float64Array(tokens.length).fill(at),
  now,
});

describe("what was made of a history", () => {
  test("is found by its numbers, whoever asks and whenever", () => {
    const memo = openHistoryMemo<string>({ most: 4, byTime: true });
    memo.set(history([1, 2]), "one then two");
    expect(memo.get(history([1, 2], 1, 5, 77))).toBe("one then two");
    expect(memo.get(history([2, 1]))).toBeUndefined();
    expect(memo.get(history([1, 2, 2]))).toBeUndefined();
    expect(memo.get(history([1, 2], 3))).toBeUndefined();
    expect(memo.get(history([1, 2], 1, 6))).toBeUndefined();
    expect(memo.get(history([]))).toBeUndefined();
  });

  test("is kept apart from what becomes of the history, until all is cleared", () => {
    const memo = openHistoryMemo<string>({ most: 4, byTime: true });
    const given = history([1, 2]);
    memo.set(given, "one then two");
    given.tokens[1] = 3;
    given.times[1] = 0;
    expect(memo.get(history([1, 2]))).toBe("one then two");
    memo.clear();
    expect(memo.get(history([1, 2]))).toBeUndefined();
  });

  test("moments are left out where they do not matter", () => {
    const memo = openHistoryMemo<string>({ most: 4, byTime: false });
    memo.set(history([1, 2]), "one then two");
    expect(memo.get(history([1, 2], 1, 6))).toBe("one then two");
  });

  test("the one asked for longest ago gives way", () => {
    const memo = openHistoryMemo<number>({ most: 2, byTime: true });
    memo.set(history([1]), 1);
    memo.set(history([2]), 2);
    memo.get(history([1]));
    memo.set(history([3]), 3);
    expect([1, 2, 3].map((token) => memo.get(history([token])))).toEqual([1, undefined, 3]);
  });

  test("two histories with one hash are not taken for one another", () => {
    // The hash of one token differs in the low bits alone; two of them can cancel each other out.
    const memo = openHistoryMemo<string>({ most: 4, byTime: true });
    const [first, prime] = [0x81_1c_9d_c5 | 0, 0x01_00_01_93];
    const stepOf = (token: number): number => Math.imul(first ^ token, prime);
    const [a, b] = [7, 11];
    const same = stepOf(a) ^ 3 ^ stepOf(b);
    memo.set(history([a, 3]), "this");
    expect(memo.get(history([b, same]))).toBeUndefined();
    memo.set(history([b, same]), "that");
    expect(memo.get(history([b, same]))).toBe("that");
    expect(memo.get(history([a, 3]))).toBeUndefined();
  });
});
