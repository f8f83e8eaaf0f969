import { expect, test } from "vitest";
import { sequencesOf } from "../../algorithms/sequences.ts";
import { fingerprintOf, type Lesson } from "./lesson.ts";

const learn = sequencesOf([[0, 1], [2]], 3);
const all = sequencesOf([[0, 1, 2], [2]], 3);
const questions = [{ history: Int32Array.of(0, 1), target: 2 }];
const lesson: Lesson = { groups: ["a", "b", "c"], learn, all, questions };

test("the same lesson has the same fingerprint, whatever memory it lies in", () => {
  const wide = { ...learn, tokens: Int32Array.of(9, ...learn.tokens).subarray(1) };
  expect(fingerprintOf({ ...lesson, learn: wide })).toBe(fingerprintOf(lesson));
});

test("every part of a lesson is in its fingerprint", () => {
  const weights = learn.weights.map((weight) => weight + 1);
  const times = all.times.map((time) => time + 1);
  const changed: readonly Lesson[] = [
    lesson,
    { ...lesson, groups: ["a", "b", "d"] },
    { ...lesson, learn: { ...learn, weights } },
    { ...lesson, learn: sequencesOf([[0], [1, 2]], 3) },
    { ...lesson, all: { ...all, times } },
    { ...lesson, questions: [] },
    { ...lesson, questions: [{ history: Int32Array.of(0, 1), target: 1 }] },
    { ...lesson, questions: [{ history: Int32Array.of(0), target: 1 }] },
  ];
  expect(new Set(changed.map(fingerprintOf)).size).toBe(changed.length);
});
