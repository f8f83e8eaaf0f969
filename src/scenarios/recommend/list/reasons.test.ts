import { describe, expect, test } from "vitest";
import { emptyHistory } from "../../../algorithms/sequences.ts";
import type { PartName } from "../schema.ts";
import { reasonsFor, type Told } from "./reasons.ts";

/** A shopper looked at the tea; item-kNN and Markov say so of the cup. */
const told = {
  shelf: {
    known: 2,
    groups: ["tea", "cup"],
    voices: ["popularity", "item_knn", "markov"].map((name) => ({
      name,
      source: { explain: () => ({ from: "history", parts: Float64Array.of(1) }) },
    })),
  },
  inquiry: {
    asked: { history: { ...emptyHistory(0), tokens: Int32Array.of(0) }, bought: emptyHistory(0) },
    deeds: { history: ["viewed"], bought: [] },
  },
  locale: "en",
  itemOf: (group: string) => ({ item: group, title: { en: group } }),
} as unknown as Told;

const codes = (given: Partial<Record<PartName, number>>): string[] =>
  reasonsFor(1, given, "ranked", told).map(({ code }) => code);

describe("why an item stands in a list", () => {
  test("the loudest are told, those with little are not", () => {
    expect(codes({ item_knn: 0.6, markov: 0.3, popularity: 0.1 })).toEqual([
      "because_you_viewed",
      "others_also_viewed",
    ]);
    expect(codes({ item_knn: 0.9, markov: 0.1 })).toEqual(["because_you_viewed"]);
  });

  test("where what all like is loudest alone, one's own is told before it", () => {
    const little = { popularity: 0.9, item_knn: 0.06, markov: 0.04 };
    expect(codes(little)).toEqual(["because_you_viewed", "popular"]);
    expect(codes({ popularity: 0.94, item_knn: 0.03, markov: 0.03 })).toEqual(["popular"]);
  });
});
