import { describe, expect, test } from "vitest";
import { entryOf } from "./csr.ts";
import { bagsOf, characterPairs, stem, wordsOf } from "./text.ts";

describe("words of a text", () => {
  test("English, with accents, numbers and marks", () => {
    expect(wordsOf("Running SHOES, size 42: Café-crème!", characterPairs)).toEqual([
      "run",
      "shoe",
      "size",
      "42",
      "cafe",
      "creme",
    ]);
  });

  test("Chinese by pairs, mixed with Latin without a space between, full width folded", () => {
    expect(wordsOf("iPhone手机壳，ＡＢＣ", characterPairs)).toEqual([
      "iphone",
      "手机",
      "机壳",
      "abc",
    ]);
    expect(characterPairs("壳")).toEqual(["壳"]);
    expect(characterPairs("")).toEqual([]);
  });

  test("a segmenter that is brought is used for Chinese runs alone", () => {
    const asked: string[] = [];
    const segment = (run: string) => {
      asked.push(run);
      return [run];
    };
    expect(wordsOf("red 连衣裙 dress", segment)).toEqual(["red", "连衣裙", "dress"]);
    expect(asked).toEqual(["连衣裙"]);
  });

  test("endings", () => {
    const cases: Record<string, string> = {
      shirts: "shirt",
      batteries: "battery",
      glasses: "glass",
      boxes: "box",
      dishes: "dish",
      dress: "dress",
      bus: "bus",
      printed: "print",
      knitted: "knit",
      running: "run",
      filling: "fill",
      ring: "ring",
      red: "red",
      gas: "gas",
      a4s: "a4s",
    };
    for (const [word, expected] of Object.entries(cases)) expect(stem(word)).toBe(expected);
  });

  test("a very long word is cut", () => {
    expect(wordsOf("x".repeat(500), characterPairs)[0].length).toBeLessThanOrEqual(40);
  });
});

describe("bags", () => {
  test("numbers by first appearance, counts repeats", () => {
    const { bags, features } = bagsOf([["a", "b", "a"], [], ["c", "b"]]);
    expect(features).toEqual(["a", "b", "c"]);
    expect(entryOf(bags, 0, 0)).toBe(2);
    expect(entryOf(bags, 2, 1)).toBe(1);
    expect([...bags.offsets]).toEqual([0, 2, 2, 4]);
  });
});
