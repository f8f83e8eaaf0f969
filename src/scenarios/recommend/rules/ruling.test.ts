import { describe, expect, test } from "vitest";
import type { Rule, RuleSet } from "../schema.ts";
import { rulingOf } from "./ruling.ts";

const pin = (id: string, more: Partial<Rule>): Rule =>
  ({ id, kind: "pin", item: id, position: 0, enabled: true, surfaces: [], ...more }) as Rule;
const set = (...rules: Rule[]): RuleSet => ({ version: 4, at: 0, by: "k", change: "", rules });

describe("rules in force", () => {
  test("are those that are on, for the surface, from their beginning and before their end", () => {
    const rules = set(
      pin("always", {}),
      pin("off", { enabled: false }),
      pin("cart-only", { surfaces: ["cart"] }),
      pin("home-too", { surfaces: ["cart", "home"] }),
      pin("begins-now", { from: 100 }),
      pin("begins-later", { from: 101 }),
      pin("ends-now", { until: 100 }),
      pin("ends-later", { until: 101 }),
    );
    const ruling = rulingOf(rules, "home", 100);
    expect(ruling.version).toBe(4);
    expect(ruling.pins.map(({ id }) => id)).toEqual([
      "always",
      "home-too",
      "begins-now",
      "ends-later",
    ]);
    expect(ruling.resting.map(({ rule, why }) => `${rule.id}: ${why}`)).toEqual([
      "off: off",
      "cart-only: elsewhere",
      "begins-later: early",
      "ends-now: over",
    ]);
  });
});
