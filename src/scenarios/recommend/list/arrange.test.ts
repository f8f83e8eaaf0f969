import { describe, expect, test } from "vitest";
import type { Item } from "../../../collect/item.ts";
import type { Ruling } from "../rules/ruling.ts";
import { type ArrangeRequest, arrange } from "./arrange.ts";

const bare: Ruling = { version: 0, filters: [], factors: [], pins: [], caps: [], resting: [] };
const brands = ["Acme", "Acme", "Acme", "Bolt", "Bolt", undefined];
const item = (token: number): Item => ({
  item: `i${token}`,
  group: `g${token}`,
  title: {},
  brand: brands[token],
  categories: [],
  attributes: {},
  images: [],
  availability: "in_stock",
  hidden: false,
  createdAt: 0,
  updatedAt: 0,
});
const base: ArrangeRequest = {
  ranked: new Float32Array([6, 5, 4, 3, 2, 1]),
  mask: new Uint8Array(6),
  items: brands.map((_, token) => item(token)),
  ruling: bare,
  pins: [],
  limit: 4,
  diversity: 0,
  words: (token) => new Set([brands[token] ?? "none"]),
};
const cap = (most: number, by: "brand" | "seller" = "brand") =>
  ({ id: "c", kind: "cap", by, most, enabled: true, surfaces: [] }) as const;
const pin = (token: number, position: number) => ({ rule: `p${token}`, token, position });

describe("a list", () => {
  test("is the best that may be shown, in order", () => {
    expect(arrange(base).tokens).toEqual([0, 1, 2, 3]);
    const mask = Uint8Array.from([1, 0, 0, 0, 0, 0]);
    expect(arrange({ ...base, mask }).tokens).toEqual([1, 2, 3, 4]);
    expect(arrange({ ...base, limit: 10 }).tokens).toHaveLength(6);
  });

  test("holds no more of a brand than the cap; what has no brand is not capped", () => {
    const { tokens, capped } = arrange({ ...base, ruling: { ...bare, caps: [cap(1)] } });
    expect(tokens).toEqual([0, 3, 5]);
    // Of the four that would stand there, two are Acme's second and third.
    expect(capped.get("c")).toBe(2);
    const sellers = { ...bare, caps: [cap(1, "seller")] };
    expect(arrange({ ...base, ruling: sellers }).tokens).toEqual([0, 1, 2, 3]);
  });

  test("has pins where they were put, also ones of low score, once each", () => {
    expect(arrange({ ...base, pins: [pin(5, 1)] }).tokens).toEqual([0, 5, 1, 2]);
    expect(arrange({ ...base, pins: [pin(1, 0), pin(4, 2)] }).tokens).toEqual([1, 0, 4, 2]);
    expect(arrange({ ...base, limit: 2, pins: [pin(5, 9)] }).tokens).toEqual([0, 5]);
  });

  test("a cap is stronger than a pin, and pins count in it", () => {
    const ruling = { ...bare, caps: [cap(1)] };
    expect(arrange({ ...base, ruling, pins: [pin(2, 0)] }).tokens).toEqual([2, 3, 5]);
    const both = [pin(1, 0), pin(2, 1)];
    expect(arrange({ ...base, ruling, pins: both }).tokens).toEqual([1, 3, 5]);
  });

  test("has pins where they were put, however much difference is asked for", () => {
    const pins = [pin(1, 0), pin(2, 1), pin(0, 2)];
    expect(arrange({ ...base, diversity: 1, pins }).tokens).toEqual([1, 2, 0, 3]);
    expect(arrange({ ...base, diversity: 0.9, limit: 3, pins }).tokens).toEqual([1, 2, 0]);
  });

  test("with diversity, likeness to what is taken counts against a candidate", () => {
    const { tokens } = arrange({ ...base, diversity: 0.9, limit: 3 });
    expect(tokens).toEqual([0, 3, 5]);
  });
});
