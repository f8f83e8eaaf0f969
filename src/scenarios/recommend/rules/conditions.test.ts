import { describe, expect, test } from "vitest";
import type { Item } from "../../../collect/item.ts";
import { isProblem } from "../../../errors.ts";
import { type Condition, conditionSchema } from "../schema.ts";
import { compileCondition } from "./conditions.ts";

const kettle: Item = {
  item: "k1",
  group: "k",
  title: { en: "Steel Kettle", zh: "不锈钢水壶" },
  brand: "Acme",
  categories: ["home", "kitchen"],
  attributes: { litres: 1.5, colour: "red", whistle: true },
  images: [],
  priceMinor: 2_500,
  availability: "in_stock",
  hidden: false,
  createdAt: 10,
  updatedAt: 10,
};
const holds = (condition: Condition): boolean =>
  compileCondition(condition, "/where", "invalid-rule")(kettle);
const refusal = (condition: unknown): readonly string[] => {
  try {
    compileCondition(condition as Condition, "/where", "invalid-rule");
  } catch (error) {
    return isProblem(error) ? error.errors.map((one) => one.pointer) : [];
  }
  return [];
};

describe("conditions", () => {
  test.each<[Condition, boolean]>([
    [{ field: "brand", is: "eq", value: "Acme" }, true],
    [{ field: "brand", is: "eq", value: "acme" }, false],
    [{ field: "brand", is: "ne", value: "Acme" }, false],
    [{ field: "seller", is: "ne", value: "Bob" }, true],
    [{ field: "seller", is: "eq", value: "Bob" }, false],
    [{ field: "priceMinor", is: "lt", value: 2_500 }, false],
    [{ field: "priceMinor", is: "le", value: 2_500 }, true],
    [{ field: "priceMinor", is: "gt", value: 2_499 }, true],
    [{ field: "priceMinor", is: "ge", value: 2_501 }, false],
    [{ field: "stock", is: "lt", value: 5 }, false],
    [{ field: "stock", is: "ge", value: 0 }, false],
    [{ field: "stock", is: "exists", value: false }, true],
    [{ field: "brand", is: "exists" }, true],
    [{ field: "images", is: "eq", value: 0 }, true],
    [{ field: "categories", is: "eq", value: "kitchen" }, true],
    [{ field: "categories", is: "ne", value: "kitchen" }, false],
    [{ field: "categories", is: "in", value: ["garden", "home"] }, true],
    [{ field: "categories", is: "contains", value: "KITCH" }, true],
    [{ field: "title.zh", is: "contains", value: "水壶" }, true],
    [{ field: "attributes.litres", is: "gt", value: 1 }, true],
    [{ field: "attributes.litres", is: "gt", value: "1" }, false],
    [{ field: "attributes.whistle", is: "eq", value: true }, true],
    [{ field: "attributes.constructor", is: "exists" }, false],
    [{ field: "attributes.__proto__", is: "exists" }, false],
    [{ all: [] }, true],
    [{ any: [] }, false],
    [{ not: { field: "brand", is: "eq", value: "Acme" } }, false],
    [
      {
        any: [
          { field: "brand", is: "eq", value: "Other" },
          { all: [{ field: "brand", is: "eq", value: "Acme" }] },
        ],
      },
      true,
    ],
  ])("%j is %s", (condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  test.each<[unknown, string]>([
    [{ field: "constructor", is: "exists" }, "/where/field"],
    [{ field: "__proto__", is: "exists" }, "/where/field"],
    [{ all: [{ field: "colour", is: "exists" }] }, "/where/all/0/field"],
    [{ field: "brand", is: "in", value: "Acme" }, "/where/value"],
    [{ field: "brand", is: "eq", value: ["Acme"] }, "/where/value"],
    [{ field: "brand", is: "eq" }, "/where/value"],
    [{ field: "priceMinor", is: "lt", value: true }, "/where/value"],
    [{ not: { field: "title.en", is: "contains", value: 3 } }, "/where/not/value"],
  ])("refuses %j at %s", (condition, pointer) => {
    expect(refusal(condition)).toEqual([pointer]);
  });

  test("a condition is at most six deep, in the schema and in the compiler", () => {
    const nested = (depth: number): unknown =>
      depth === 1 ? { field: "brand", is: "exists" } : { not: nested(depth - 1) };
    expect(refusal(nested(6))).toEqual([]);
    expect(refusal(nested(7))).toEqual(["/where/not/not/not/not/not/not"]);
    expect(conditionSchema.safeParse(nested(6)).success).toBe(true);
    expect(conditionSchema.safeParse(nested(7)).success).toBe(false);
  });

  test("nesting beyond all measure is refused, not followed", () => {
    let deep: unknown = { field: "brand", is: "exists" };
    for (let depth = 0; depth < 100_000; depth++) deep = { not: deep };
    expect(conditionSchema.safeParse(deep).success).toBe(false);
  });

  test("at most two hundred conditions in all", () => {
    const leaf: Condition = { field: "brand", is: "exists" };
    const wide = { all: Array.from({ length: 20 }, () => ({ all: new Array(20).fill(leaf) })) };
    expect(refusal(wide)[0]).toMatch(/^\/where\/all\/9/);
  });
});
