import { describe, expect, test } from "vitest";
import type { Item } from "../../../collect/item.ts";
import { createRandom } from "../../../tensor/random.ts";
import type { Ruling } from "../rules/ruling.ts";
import { type ExploreRequest, explore } from "./explore.ts";

const bare: Ruling = {
  version: 0,
  filters: [],
  factors: [],
  pins: [],
  caps: [],
  resting: [],
};
const item = (token: number): Item => ({
  item: `i${token}`,
  group: `g${token}`,
  title: {},
  brand: token < 6 ? "Acme" : "Bolt",
  categories: [],
  attributes: {},
  images: [],
  availability: "in_stock",
  hidden: false,
  createdAt: 0,
  updatedAt: 0,
});
/** Tokens 0 .. 9, of which 0 .. 3 are in the list; 9 may not be shown. */
const base: ExploreRequest = {
  tokens: [0, 1, 2, 3],
  pinned: new Set(),
  mask: Uint8Array.from({ length: 10 }, (_, token) => (token === 9 ? 1 : 0)),
  items: Array.from({ length: 10 }, (_, token) => item(token)),
  ruling: bare,
  evidence: new Float32Array([90, 80, 70, 60, 5, 4, 3, 2, 1, 0]),
  share: 0.1,
};

describe("exploration", () => {
  test("without a share nothing moves and all is certain", () => {
    const { tokens, propensities, tried } = explore({ ...base, share: 0 }, createRandom(1));
    expect(tokens).toEqual([0, 1, 2, 3]);
    expect(propensities).toEqual([1, 1, 1, 1]);
    expect(tried.size).toBe(0);
  });

  test("what is logged is how often it happens", () => {
    const rounds = 20_000;
    const shown = new Map<string, number>();
    const logged = new Map<string, number>();
    for (let seed = 0; seed < rounds; seed++) {
      const { tokens, propensities } = explore(base, createRandom(seed));
      tokens.forEach((token, place) => {
        const key = `${place} ${token}`;
        shown.set(key, (shown.get(key) ?? 0) + 1 / rounds);
        logged.set(key, propensities[place] as number);
      });
    }
    // One place of four explores with chance 0.1 * 4 / 1; five little-known items share it.
    expect([...logged.keys()].toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "0 0",
      "1 1",
      "2 2",
      "3 3",
      "3 4",
      "3 5",
      "3 6",
      "3 7",
      "3 8",
    ]);
    expect(logged.get("3 3")).toBeCloseTo(0.6, 12);
    expect(logged.get("3 8")).toBeCloseTo(0.08, 12);
    // Five standard errors of a share near 0.6 over the rounds.
    const tolerance = 5 * Math.sqrt(0.24 / rounds);
    for (const [key, share] of shown) {
      expect(Math.abs(share - (logged.get(key) ?? 0))).toBeLessThan(tolerance);
    }
  });

  test("several places draw from shares of their own and never the same item", () => {
    for (let seed = 0; seed < 200; seed++) {
      const { tokens } = explore({ ...base, share: 0.25 }, createRandom(seed));
      expect(new Set(tokens).size).toBe(4);
      expect(tokens.slice(0, 2)).toEqual([0, 1]);
    }
  });

  test("where the share of places is whole, what is ranked there is shown there too", () => {
    for (const share of [0.25, 0.5]) {
      const places = new Set<number>();
      const rounds = 2_000;
      const kept = new Map<number, number>();
      for (let seed = 0; seed < rounds; seed++) {
        const { tokens, propensities } = explore({ ...base, share }, createRandom(seed));
        tokens.forEach((token, place) => {
          if (propensities[place] !== 1) places.add(place);
          if (token === place) kept.set(place, (kept.get(place) ?? 0) + 1 / rounds);
        });
      }
      // Twice as many places as the share, each with an even chance.
      expect(places.size).toBe(share * 8);
      for (const place of places) expect(kept.get(place)).toBeCloseTo(0.5, 1);
    }
  });

  test("where pins leave fewer places than the share asks for, each has an even chance", () => {
    const pinned = new Set([0, 1, 2]);
    const seen = new Set<number | undefined>();
    for (let seed = 0; seed < 100; seed++) {
      const { tokens, propensities } = explore({ ...base, share: 0.5, pinned }, createRandom(seed));
      seen.add(tokens[3] === 3 ? propensities[3] : (propensities[3] as number) * 5);
    }
    expect([...seen]).toEqual([0.5]);
  });

  test("pinned places do not explore", () => {
    const pinned = new Set([3]);
    for (let seed = 0; seed < 100; seed++) {
      const { tokens, propensities } = explore({ ...base, pinned }, createRandom(seed));
      expect(tokens[3]).toBe(3);
      expect(propensities[3]).toBe(1);
    }
  });

  test("what could break a cap is not drawn", () => {
    const cap = {
      id: "c",
      kind: "cap",
      by: "brand",
      most: 4,
      enabled: true,
      surfaces: [],
    } as const;
    const ruling = { ...bare, caps: [cap] };
    const drawn = new Set<number>();
    for (let seed = 0; seed < 300; seed++) {
      for (const token of explore({ ...base, ruling }, createRandom(seed)).tried) drawn.add(token);
    }
    expect([...drawn].toSorted((a, b) => a - b)).toEqual([6, 7, 8]);
  });

  test("where nothing is left to try, all is certain", () => {
    const mask = Uint8Array.from({ length: 10 }, (_, token) => (token > 3 ? 1 : 0));
    expect(explore({ ...base, mask }, createRandom(1)).propensities).toEqual([1, 1, 1, 1]);
  });
});
